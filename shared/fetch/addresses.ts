/**
 * Which network addresses may be connected to. Source: the IANA special-purpose address registries for IPv4 and IPv6; what
 * is not known to be on the public internet is not.
 */
import { BlockList, isIP } from 'node:net'

/** Of IPv4, everything else is public. */
const specialIpv4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // The platform's own services of one cloud, at a public address.
  ['168.63.129.16', 32],
] as const

/** Of IPv6, only this is given out at all; mapped, translated and local addresses all lie outside of it. */
const givenOutIpv6 = ['2000::', 3] as const

/** Parts of it that are not public: tunnels to IPv4 addresses, protocol assignments, documentation. */
const specialIpv6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
] as const

/** What not even an operator can open: nothing behind these is a server of theirs. */
const never = [
  ['0.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['168.63.129.16', 32, 'ipv4'],
  ['224.0.0.0', 4, 'ipv4'],
  ['240.0.0.0', 4, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['64:ff9b::', 95, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fd00:ec2::', 32, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
] as const

function blockList(subnets: readonly (readonly [string, number, 'ipv4' | 'ipv6'])[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) list.addSubnet(...subnet)
  return list
}

const ipv4Special = blockList(specialIpv4.map(([net, prefix]) => [net, prefix, 'ipv4']))
const ipv6GivenOut = blockList([[...givenOutIpv6, 'ipv6']])
const ipv6Special = blockList(specialIpv6.map(([net, prefix]) => [net, prefix, 'ipv6']))
const neverOpened = blockList(never)

/** True for addresses of the public internet. False for every other text. */
export function isPublicAddress(address: string): boolean {
  // With a zone it is a link's own; the lists do not take it.
  if (address.includes('%')) return false
  const version = isIP(address)
  if (version === 4) return !ipv4Special.check(address, 'ipv4')
  return version === 6 && ipv6GivenOut.check(address, 'ipv6') && !ipv6Special.check(address, 'ipv6')
}

/** True for what an operator may open by name: public and private addresses, and this machine's own. */
export function isOpenableAddress(address: string): boolean {
  const version = address.includes('%') ? 0 : isIP(address)
  return version !== 0 && !neverOpened.check(address, version === 4 ? 'ipv4' : 'ipv6')
}
