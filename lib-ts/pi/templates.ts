// Bodies of writes, by names that a JavaScript programmer expects.
import { PiArgumentError } from './errors.js'
import type { Draft } from './table/row.js'
import { fill, oneOf, type Fields, type Taken } from './template-fields.js'
import type {
  PiAnnotation,
  PiAttribute,
  PiElement,
  PiEnumerationSet,
  PiEventFrame,
  PiPoint,
  PiSecurityEntry,
  PiTimedValue,
} from './table/shapes.generated.js'

// For those whose names are short already.
const NO_SHORT = {} as const

const POINT = {
  Name: 'text',
  PointType: 'text',
  PointClass: 'text',
  Descriptor: 'text',
  EngineeringUnits: 'text',
  DigitalSetName: 'text',
  Step: 'bool',
  Future: 'bool',
  Zero: 'number',
  Span: 'number',
  DisplayDigits: 'number',
} as const satisfies Fields<PiPoint>
const POINT_SHORT = {
  type: 'PointType',
  class: 'PointClass',
  description: 'Descriptor',
  units: 'EngineeringUnits',
  digitalSet: 'DigitalSetName',
} as const
const POINT_TYPES = [
  'Float16',
  'Float32',
  'Float64',
  'Int16',
  'Int32',
  'Digital',
  'Timestamp',
  'String',
  'Blob',
]

/** What {@link point} takes. */
export type PointFields = Taken<typeof POINT, typeof POINT_SHORT, 'name'>

/**
 * The body of a new point. A Float32 of the class `classic` where nothing else is said; Digital, when there is a digital
 * set.
 *
 * @throws {@link PiArgumentError} for a field that is missing, unknown or of a wrong kind
 * @example
 * point({ name: 'pump1.flow', type: 'Float64', units: 'm3/h' })
 * // → { Name: 'pump1.flow', PointType: 'Float64', EngineeringUnits: 'm3/h', PointClass: 'classic' }
 */
export function point(fields: PointFields): Draft<PiPoint> {
  const template = { name: 'point', fields: POINT, short: POINT_SHORT, needed: ['Name'] }
  const body = fill(template, fields)
  body['PointType'] ??= body['DigitalSetName'] === undefined ? 'Float32' : 'Digital'
  body['PointClass'] ??= 'classic'
  oneOf(body['PointType'], POINT_TYPES, 'point: type')
  if (body['PointType'] === 'Digital' && body['DigitalSetName'] === undefined)
    throw new PiArgumentError('point needs the field "digitalSet", for it is Digital')
  return body
}

const ELEMENT = {
  Name: 'text',
  TemplateName: 'text',
  Description: 'text',
  CategoryNames: 'texts',
  ExtendedProperties: 'values',
} as const satisfies Fields<PiElement>
const ELEMENT_SHORT = { template: 'TemplateName', categories: 'CategoryNames' } as const

/** What {@link element} takes. */
export type ElementFields = Taken<typeof ELEMENT, typeof ELEMENT_SHORT, 'name'>

/**
 * The body of a new element.
 *
 * @throws {@link PiArgumentError} for a field that is missing, unknown or of a wrong kind
 * @example
 * element({ name: 'Pump1', template: 'Pump' }) // → { Name: 'Pump1', TemplateName: 'Pump' }
 */
export function element(fields: ElementFields): Draft<PiElement> {
  return fill({ name: 'element', fields: ELEMENT, short: ELEMENT_SHORT, needed: ['Name'] }, fields)
}

const ATTRIBUTE = {
  Name: 'text',
  Type: 'text',
  TypeQualifier: 'text',
  Description: 'text',
  DataReferencePlugIn: 'text',
  ConfigString: 'text',
  DefaultUnitsName: 'text',
  CategoryNames: 'texts',
  TraitName: 'text',
  IsConfigurationItem: 'bool',
  IsHidden: 'bool',
  IsExcluded: 'bool',
  IsManualDataEntry: 'bool',
  Step: 'bool',
  Zero: 'number',
  Span: 'number',
  DisplayDigits: 'number',
} as const satisfies Fields<PiAttribute>
const ATTRIBUTE_SHORT = {
  dataReference: 'DataReferencePlugIn',
  config: 'ConfigString',
  units: 'DefaultUnitsName',
  categories: 'CategoryNames',
  trait: 'TraitName',
} as const

/** What {@link attribute} takes. */
export type AttributeFields = Taken<typeof ATTRIBUTE, typeof ATTRIBUTE_SHORT, 'name'>

/**
 * The body of a new attribute. Its type is Double where nothing else is said.
 *
 * @throws {@link PiArgumentError} for a field that is missing, unknown or of a wrong kind
 * @example
 * attribute({ name: 'Flow', dataReference: 'PI Point', config: '\\\\PISRV\\pump1.flow' }).Type // → 'Double'
 */
export function attribute(fields: AttributeFields): Draft<PiAttribute> {
  const template = { name: 'attribute', fields: ATTRIBUTE, short: ATTRIBUTE_SHORT, needed: ['Name'] }
  return { Type: 'Double', ...fill(template, fields) }
}

const EVENT_FRAME = {
  Name: 'text',
  StartTime: 'time',
  EndTime: 'time',
  TemplateName: 'text',
  Description: 'text',
  CategoryNames: 'texts',
  RefElementWebIds: 'texts',
  Severity: 'text',
  AreValuesCaptured: 'bool',
  CanBeAcknowledged: 'bool',
  IsAcknowledged: 'bool',
  ExtendedProperties: 'values',
} as const satisfies Fields<PiEventFrame>
const EVENT_FRAME_SHORT = {
  start: 'StartTime',
  end: 'EndTime',
  template: 'TemplateName',
  categories: 'CategoryNames',
  elements: 'RefElementWebIds',
} as const
const SEVERITIES = ['None', 'Information', 'Warning', 'Minor', 'Major', 'Critical']

/** What {@link eventFrame} takes. */
export type EventFrameFields = Taken<typeof EVENT_FRAME, typeof EVENT_FRAME_SHORT, 'name'>

/**
 * The body of a new event frame. It starts now where nothing else is said, and is open without an end.
 *
 * @throws {@link PiArgumentError} for a field that is missing, unknown or of a wrong kind
 * @example
 * eventFrame({ name: 'Batch 7', start: new Date(0) }) // → { Name: 'Batch 7', StartTime: '1970-01-01T00:00:00.0000000Z' }
 */
export function eventFrame(fields: EventFrameFields): Draft<PiEventFrame> {
  const template = { name: 'eventFrame', fields: EVENT_FRAME, short: EVENT_FRAME_SHORT, needed: ['Name'] }
  const body = fill(template, fields)
  body['StartTime'] ??= '*'
  if (body['Severity'] !== undefined) oneOf(body['Severity'], SEVERITIES, 'eventFrame: severity')
  return body
}

const ANNOTATION = {
  Name: 'text',
  Description: 'text',
  Value: 'value',
} as const satisfies Fields<PiAnnotation>

/** What {@link annotation} takes. */
export type AnnotationFields = Taken<typeof ANNOTATION, typeof NO_SHORT, 'name'>

/**
 * The body of an annotation of an event frame or of a value.
 *
 * @throws {@link PiArgumentError} for a field that is missing, unknown or of a wrong kind
 * @example
 * annotation({ name: 'shift', value: 'night' }) // → { Name: 'shift', Value: 'night' }
 */
export function annotation(fields: AnnotationFields): Draft<PiAnnotation> {
  return fill({ name: 'annotation', fields: ANNOTATION, short: NO_SHORT, needed: ['Name'] }, fields)
}

const TIMED_VALUE = {
  Timestamp: 'time',
  Value: 'value',
  UnitsAbbreviation: 'text',
  Good: 'bool',
  Questionable: 'bool',
  Substituted: 'bool',
  Annotated: 'bool',
} as const satisfies Fields<PiTimedValue>
const TIMED_VALUE_SHORT = { time: 'Timestamp', units: 'UnitsAbbreviation' } as const

/** What {@link timedValue} takes. */
export type TimedValueFields = Taken<typeof TIMED_VALUE, typeof TIMED_VALUE_SHORT, 'value'>

/**
 * The body of a value that is written, now where no time is given.
 *
 * @throws {@link PiArgumentError} for a field that is missing, unknown or of a wrong kind, and a time without a zone
 * @example
 * timedValue({ time: '2026-01-01T00:00:00Z', value: 1.5, good: false })
 * // → { Timestamp: '2026-01-01T00:00:00Z', Value: 1.5, Good: false }
 */
export function timedValue(fields: TimedValueFields): Draft<PiTimedValue> {
  const template = { name: 'timedValue', fields: TIMED_VALUE, short: TIMED_VALUE_SHORT, needed: ['Value'] }
  const body = fill(template, fields)
  body['Timestamp'] ??= '*'
  return body
}

const ENUMERATION_SET = { Name: 'text', Description: 'text' } as const satisfies Fields<PiEnumerationSet>

/** What {@link enumerationSet} takes. */
export type EnumerationSetFields = Taken<typeof ENUMERATION_SET, typeof NO_SHORT, 'name'>

/**
 * The body of a new enumeration set; its values are written one by one, to its WebID.
 *
 * @throws {@link PiArgumentError} for a field that is missing, unknown or of a wrong kind
 * @example
 * enumerationSet({ name: 'Modes', description: 'of a pump' }) // → { Name: 'Modes', Description: 'of a pump' }
 */
export function enumerationSet(fields: EnumerationSetFields): Draft<PiEnumerationSet> {
  return fill({ name: 'enumerationSet', fields: ENUMERATION_SET, short: NO_SHORT, needed: ['Name'] }, fields)
}

const SECURITY_ENTRY = {
  Name: 'text',
  SecurityIdentityName: 'text',
  AllowRights: 'texts',
  DenyRights: 'texts',
} as const satisfies Fields<PiSecurityEntry>
const SECURITY_ENTRY_SHORT = {
  identity: 'SecurityIdentityName',
  allow: 'AllowRights',
  deny: 'DenyRights',
} as const

/** What {@link securityEntry} takes. */
export type SecurityEntryFields = Taken<typeof SECURITY_ENTRY, typeof SECURITY_ENTRY_SHORT, 'identity'>

/**
 * The body of an entry of an access list. What is neither allowed nor denied is left to other entries.
 *
 * @throws {@link PiArgumentError} for a field that is missing, unknown or of a wrong kind
 * @example
 * securityEntry({ identity: 'Operators', allow: ['Read', 'ReadData'] }).DenyRights // → []
 */
export function securityEntry(fields: SecurityEntryFields): Draft<PiSecurityEntry> {
  const template = {
    name: 'securityEntry',
    fields: SECURITY_ENTRY,
    short: SECURITY_ENTRY_SHORT,
    needed: ['SecurityIdentityName'],
  }
  return { AllowRights: [], DenyRights: [], ...fill(template, fields) }
}
