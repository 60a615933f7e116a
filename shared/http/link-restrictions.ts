/** The parameters that would restrict a download link to networks: nothing here can enforce them, so they are refused. */
import { RfsError } from '../contract/errors.ts'

export interface LinkRestrictions {
  readonly access_control_source_ips?: readonly string[] | undefined
  readonly access_control_source_vpc_ids?: readonly string[] | undefined
}

/** @throws RfsError `UnknownParameter` when a restriction is asked for: a link that ignored it would be worse than none */
export function refuseLinkRestrictions(query: LinkRestrictions): void {
  if (query.access_control_source_ips || query.access_control_source_vpc_ids) {
    throw new RfsError(
      'UnknownParameter',
      'This service cannot restrict the link to networks; leave access_control_* out.',
    )
  }
}
