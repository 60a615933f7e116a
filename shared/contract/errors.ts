/**
 * The one catalogue of errors: name -> status, code, public message. Handlers throw by name; the texts are the API
 * reference's `[error_codes]`, those marked *ours* fill the gaps it leaves.
 */
const catalogue = {
  MissingParameter: [400, 'RF.10011001', 'Missing required parameter(s).'],
  UnknownParameter: [400, 'RF.10011002', 'Unrecognized parameter(s).'],
  TemplateGivenTwice: [
    400,
    'RF.10011003',
    'Both template_uri and template_body are given, you should only give exactly one parameter from template_uri and template_body.',
  ],
  TooLong: [400, 'RF.10011005', 'The length of parameter is longer than upper limit.'],
  TooShort: [400, 'RF.10011006', 'The length of parameter is shorter than lower limit.'],
  NotLettersDigitsHyphens: [
    400,
    'RF.10011008',
    'Parameter contains invalid letter. Should only contains English characters, number or hyphen.',
  ],
  IdInvalid: [
    400,
    'RF.10011009',
    'Parameter contains invalid letter. It should start with lower case English characters or number, and only contain lower case English characters, number or hyphen.',
  ],
  NameInvalid: [
    400,
    'RF.10011010',
    'Parameter contains invalid letter. Should start with English characters, and only contains English characters, number, underscore or hyphen.',
  ],
  TemplateFileTooLarge: [
    400,
    'RF.10011013',
    'The size of the file obtained from template_uri exceeds the upper limit.',
  ],
  VarsFileTooLarge: [400, 'RF.10011014', 'The size of the file obtained from vars_uri exceeds the upper limit.'],
  StackIdMismatch: [400, 'RF.10011015', 'Stack ID is not matched with current stack with stack name.'],
  ProjectIdInvalid: [
    400,
    'RF.10011016',
    'Project ID contains invalid letter. Project ID should only contains English characters, number, hyphen.',
  ],
  PlanIdMismatch: [
    400,
    'RF.10011018',
    'Execution plan ID is not matched with current execution plan with execution plan name.',
  ],
  TemplateExtensionUnknown: [
    400,
    'RF.10011022',
    'Invalid file extension. Template file should end with .tf, .tf.json, or .zip',
  ],
  ArchiveWithVariables: [
    400,
    'RF.10011025',
    'Invalid file(s) found in zip. A zip file should not contain tfvars files.',
  ],
  ArchiveFilesTooLarge: [400, 'RF.10011026', 'The size of unzipped files in zip file is bigger than upper limit.'],
  EnumInvalid: [400, 'RF.10011027', 'Invalid enum value.'],
  SeveralInvalid: [400, 'RF.10011028', 'Composite Validation Error.'],
  VersionIdInvalid: [
    400,
    'RF.10011029',
    'Parameter contains invalid letter. Should only contains English characters or number.',
  ],
  BodyMissing: [400, 'RF.10011032', 'Can not find request body.'],
  BodyNotJson: [400, 'RF.10011033', 'Request body format is invalid json.'],
  VarsUriInvalid: [
    400,
    'RF.10011034',
    'Invalid vars URI. Vars URI should start with [http|https] and end with [.tfvars].',
  ],
  TemplateUriInvalid: [
    400,
    'RF.10011035',
    'Invalid template URI. Template URI should start with [http|https] and end with [.tf|.tf.json|.zip].',
  ],
  NotAnInteger: [400, 'RF.10011036', 'The value of parameter is not a valid instance of integer.'],
  WrongType: [400, 'RF.10011038', 'Invalid parameter value type.'],
  VarKeyInvalid: [
    400,
    'RF.10011039',
    'VarKey contains invalid letter. VarKey should Starts with an English letter and only contains English characters, number, hyphen or underscore.',
  ],
  ArchiveFilesTooMany: [400, 'RF.10011041', 'The count of unzipped files in zip file is bigger than upper limit.'],
  ArchiveTooLarge: [400, 'RF.10011042', 'The size of template zip is bigger than upper limit.'],
  AccountWithOctothorpe: [400, 'RF.10011046', 'Account parameter should not contain octothorpe (#).'],
  VarsUriUnusable: [400, 'RF.10011049', 'Invalid vars uri.'],
  VarsFileInvalid: [400, 'RF.10011050', 'Invalid vars uri content.'],
  VarsBodyInvalid: [400, 'RF.10011051', 'Invalid vars body.'],
  NotAnArray: [400, 'RF.10011055', 'Invalid json array.'],
  TemplateMissing: [
    400,
    'RF.10011056',
    'Both template_uri and template_body are absence, you should give exactly one parameter from template_uri and template_body.',
  ],
  ProviderNameTwice: [400, 'RF.10011065', 'Found duplicate values in attribute provider_name.'],
  TemplateBodyInvalid: [400, 'RF.10011073', 'Invalid template body.'],
  TemplateInvalid: [400, 'RF.10011074', 'Invalid template.'],
  FileUnlikeExtension: [400, 'RF.10011075', 'File type is not matched with file content.'],
  ArchivePathOutside: [
    400,
    'RF.10011083',
    'Invalid zip from template uri: zip contains malformed file(s) that points to a path outside the root directory of the zip file',
  ],
  NothingToChange: [400, 'RF.10011084', 'No parameters in the request need to be modified.'],
  TemplateNotUtf8: [
    400,
    'RF.10011085',
    'The encoding format of template content is unsupported, it should be utf-8 encoded.',
  ],
  FilterNameUnknown: [400, 'RF.10011087', 'Unrecognized search option parameter.'],
  FilterWithoutOperator: [400, 'RF.10011088', 'No valid filter method found.'],
  FilterValueInvalid: [400, 'RF.10011089', 'The filter value is invalid.'],
  DuplicateField: [400, 'RF.10011093', 'Duplicate fields found.'],
  PriceArgumentMissing: [400, 'RF.10011095', 'Missing required template parameter for price inquiry.'],
  PriceArgumentInvalid: [400, 'RF.10011096', 'Template parameter is invalid for price inquiry.'],
  ArchiveUnreadable: [400, 'RF.10011102', 'Malformed template zip file found. Failed to read zip file.'],
  TemplateWithByteOrderMark: [
    400,
    'RF.10011120',
    'The encoding format of json template content [utf-8 with BOM] is unsupported, it should be utf-8 encoded.',
  ],
  VarsBodyTooLong: [400, 'RF.10011141', 'The length of vars_body exceeds the upper limit.'],
  ArchivePathTooLong: [400, 'RF.10011151', 'The length of file path in template zip file exceeds the upper limit.'],
  ArchiveNameTooLong: [400, 'RF.10011152', 'The length of file name in template zip file exceeds the upper limit.'],
  ArchivePathAbsolute: [400, 'RF.10011155', 'The path of file in zip can not start with path separator(/)'],
  ArchivePathSegment: [
    400,
    'RF.10011156',
    'The value between path separator in zip can not be empty, single dot (.) or double dot (..).',
  ],
  ArchiveWithoutTemplate: [
    400,
    'RF.10011157',
    'No template file (file name ends with .tf or .tf.json) exists at root dir in zip. There should be at least one template file in root dir in zip.',
  ],
  /** *ours* */
  TemplateIdMismatch: [400, 'RF.10011571', 'Template ID is not matched with current template with template name.'],

  Unauthenticated: [401, 'RF.10012001', 'Authentication failed.'],

  /** The same code as below: the name tells the two apart where a dialect does. */
  OtherProject: [403, 'RF.10012507', "Policy doesn't allow action to be performed."],
  NotPermitted: [403, 'RF.10012507', "Policy doesn't allow action to be performed."],
  UpdateInWrongStatus: [403, 'RF.10012519', 'Stack cannot be updated due to invalid stack status.'],
  TooManyStacks: [403, 'RF.10012538', 'The total count of stacks has exceeded the maximum limit.'],
  TooManyStacksInCreation: [
    403,
    'RF.10012540',
    'Too many stacks are being created in parallel, please take a rest and try again later.',
  ],
  TooManyPlansInCreation: [
    403,
    'RF.10012541',
    'Too many execution plans are being created in parallel, please take a rest and try again later.',
  ],
  ApplyInWrongStackStatus: [403, 'RF.10012542', 'Execution plan cannot be applied due to invalid stack status.'],
  ApplyInWrongPlanStatus: [
    403,
    'RF.10012543',
    'Execution plan cannot be applied due to invalid execution plan status.',
  ],
  DeleteInWrongStatus: [403, 'RF.10012544', 'Stack cannot be deleted due to invalid stack status.'],
  PlanExpired: [
    403,
    'RF.10012545',
    'Execution plan cannot be applied because stack has been deployed since execution plan generated. Please regenerate the execution plan based on the latest stack.',
  ],
  AutoRollbackInWrongStatus: [
    403,
    'RF.10012546',
    'Auto rollback of stack cannot be enabled due to invalid stack status.',
  ],
  ContinueDeployInWrongStatus: [403, 'RF.10012547', 'Invalid stack status. The stack cannot be continue-deployed.'],
  /** *ours*: the gap between two neighbours. */
  ContinueRollbackInWrongStatus: [
    403,
    'RF.10012548',
    'Invalid stack status. The stack cannot be continue-rolled-back.',
  ],
  DeletePlanInWrongStatus: [403, 'RF.10012549', 'Invalid stack status. The execution plan cannot be deleted.'],
  /** *ours* */
  DeployInWrongStatus: [403, 'RF.10012571', 'Stack cannot be deployed due to invalid stack status.'],
  /** *ours* */
  PlanInWrongStatus: [403, 'RF.10012572', 'Execution plan cannot be created due to invalid stack status.'],
  /** *ours* */
  DeletionProtected: [403, 'RF.10012573', 'Stack cannot be deleted because deletion protection is enabled.'],
  /** *ours* */
  TooManyPlans: [403, 'RF.10012574', 'The total count of execution plans of the stack has exceeded the maximum limit.'],
  /** *ours* */
  TooManyTemplates: [403, 'RF.10012575', 'The total count of templates has exceeded the maximum limit.'],
  /** *ours* */
  TooManyTemplateVersions: [
    403,
    'RF.10012576',
    'The total count of versions of the template has exceeded the maximum limit.',
  ],
  /** *ours* */
  OnlyTemplateVersion: [403, 'RF.10012577', 'The only version of a template cannot be deleted.'],
  /** *ours* */
  CancelInWrongStatus: [403, 'RF.10012578', 'Stack deployment cannot be cancelled due to invalid stack status.'],

  StackNotFound: [404, 'RF.10013001', 'Stack is not exist.'],
  PlanNotFound: [404, 'RF.10013002', 'Execution plan is not exist.'],
  StackTemplateNotFound: [404, 'RF.10013023', 'The stack template does not exist.'],
  ProductNotFound: [404, 'RF.10013029', 'Product does not exist for price inquiry.'],
  /** *ours* */
  TemplateNotFound: [404, 'RF.10013071', 'Template is not exist.'],
  /** *ours* */
  TemplateVersionNotFound: [404, 'RF.10013072', 'Template version is not exist.'],
  /** *ours* */
  DeploymentNotFound: [404, 'RF.10013073', 'Deployment is not exist.'],

  PlanNameTaken: [409, 'RF.10013501', 'Conflict execution plan name. Execution plan with name already exist.'],
  StackNameTaken: [409, 'RF.10013502', 'Conflict stack name. Stack with name already exist.'],
  StackBusy: [
    409,
    'RF.10013503',
    'Stack operation requests conflicted. Another request is being processed. Please retry later.',
  ],
  /** *ours* */
  TemplateNameTaken: [409, 'RF.10013571', 'Conflict template name. Template with name already exist.'],

  TooManyRequests: [429, 'RF.10014001', 'Too many requests. Please try again in a few minutes.'],

  Internal: [500, 'RF.10010001', 'Internal Server Error.'],
} as const satisfies Record<string, readonly [status: number, code: string, message: string]>

export type ErrorName = keyof typeof catalogue

export interface CatalogueEntry {
  readonly status: number
  readonly code: string
  readonly message: string
}

/** The catalogue's entry of a name. */
export function errorEntry(name: ErrorName): CatalogueEntry {
  const [status, code, message] = catalogue[name]
  return { status, code, message }
}

/** True when `name` is in the catalogue; used where names travel as text, as in validation issues. */
export function isErrorName(name: string): name is ErrorName {
  return Object.hasOwn(catalogue, name)
}

/** Every entry by name, for the generated document and for tests. */
export const errorNames = Object.keys(catalogue) as readonly ErrorName[]

/**
 * The one error that a handler throws on purpose.
 * `detail` is for the caller: a sentence that says what to change. `cause` is for the log only.
 * `retryAfterSeconds` tells a caller when the same request may be accepted.
 */
export class RfsError extends Error {
  readonly errorName: ErrorName
  readonly detail: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(errorName: ErrorName, detail?: string, options: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(detail ?? errorEntry(errorName).message, 'cause' in options ? { cause: options.cause } : {})
    this.name = 'RfsError'
    this.errorName = errorName
    this.detail = detail
    this.retryAfterSeconds = options.retryAfterSeconds
  }
}
