// Written by scripts/pi/generate.mjs from its tables; edit those.

/** `Ambiguous` of the vendor's reference. */
export interface PiAmbiguous {
  readonly Reason: string
  readonly WebException?: PiWebException | null
}

/** `Analysis` of the vendor's reference. */
export interface PiAnalysis {
  readonly AnalysisRulePlugInName: string
  readonly AutoCreated: boolean
  readonly CategoryNames: readonly string[]
  readonly Description: string
  readonly GroupId: number
  readonly HasNotification: boolean
  readonly HasTarget: boolean
  readonly HasTemplate: boolean
  readonly Id: string
  readonly IsConfigured: boolean
  readonly IsTimeRuleDefinedByTemplate: boolean
  readonly MaximumQueueSize: number
  readonly Name: string
  readonly OutputTime: string
  readonly Path: string
  readonly Priority: string
  readonly PublishResults: boolean
  readonly Status: string
  readonly TargetWebId: string
  readonly TemplateName: string
  readonly TimeRulePlugInName: string
  readonly WebId: string
  readonly Links?: {
    readonly AnalysisRule?: string
    readonly AnalysisRulePlugIn?: string
    readonly Categories?: string
    readonly Database?: string
    readonly Security?: string
    readonly SecurityEntries?: string
    readonly Target?: string
    readonly Template?: string
    readonly TimeRule?: string
    readonly TimeRulePlugIn?: string
  }
  readonly WebException?: PiWebException | null
}

/** `AnalysisCategory` of the vendor's reference. */
export interface PiAnalysisCategory {
  readonly Description: string
  readonly Id: string
  readonly Name: string
  readonly Path: string
  readonly WebId: string
  readonly Links?: {
    readonly Database?: string
    readonly Security?: string
    readonly SecurityEntries?: string
  }
  readonly WebException?: PiWebException | null
}

/** `AnalysisRule` of the vendor's reference. */
export interface PiAnalysisRule {
  readonly ConfigString: string
  readonly Description: string
  readonly DisplayString: string
  readonly EditorType: string
  readonly HasChildren: boolean
  readonly Id: string
  readonly IsConfigured: boolean
  readonly IsInitializing: boolean
  readonly Name: string
  readonly Path: string
  readonly PlugInName: string
  readonly SupportedBehaviors: readonly string[]
  readonly VariableMapping: string
  readonly WebId: string
  readonly Links?: {
    readonly Analysis?: string
    readonly AnalysisRules?: string
    readonly AnalysisTemplate?: string
    readonly Parent?: string
    readonly PlugIn?: string
  }
  readonly WebException?: PiWebException | null
}

/** `AnalysisRulePlugIn` of the vendor's reference. */
export interface PiAnalysisRulePlugIn {
  readonly AssemblyFileName: string
  readonly AssemblyID: string
  readonly AssemblyLoadProperties: readonly string[]
  readonly AssemblyTime: string
  readonly CompatibilityVersion: number
  readonly Description: string
  readonly Id: string
  readonly IsBrowsable: boolean
  readonly IsNonEditableConfig: boolean
  readonly LoadedAssemblyTime: string
  readonly LoadedVersion: string
  readonly Name: string
  readonly Path: string
  readonly Version: string
  readonly WebId: string
  readonly Links?: { readonly AssetServer?: string }
  readonly WebException?: PiWebException | null
}

/** `AnalysisTemplate` of the vendor's reference. */
export interface PiAnalysisTemplate {
  readonly AnalysisRulePlugInName: string
  readonly CategoryNames: readonly string[]
  readonly CreateEnabled: boolean
  readonly Description: string
  readonly GroupId: number
  readonly HasNotificationTemplate: boolean
  readonly HasTarget: boolean
  readonly Id: string
  readonly Name: string
  readonly OutputTime: string
  readonly Path: string
  readonly TargetName: string
  readonly TimeRulePlugInName: string
  readonly WebId: string
  readonly Links?: {
    readonly AnalysisRule?: string
    readonly AnalysisRulePlugIn?: string
    readonly Categories?: string
    readonly Database?: string
    readonly Security?: string
    readonly SecurityEntries?: string
    readonly Target?: string
    readonly TimeRule?: string
    readonly TimeRulePlugIn?: string
  }
  readonly WebException?: PiWebException | null
}

/** `Annotation` of the vendor's reference. */
export interface PiAnnotation {
  readonly CreationDate: string
  readonly Creator: string
  readonly Description: string
  readonly Errors?: readonly PiPropertyError[]
  readonly Id: string
  readonly Modifier: string
  readonly ModifyDate: string
  readonly Name: string
  readonly Value: unknown
  readonly Links?: { readonly MediaData?: string; readonly MediaMetadata?: string; readonly Owner?: string }
  readonly WebException?: PiWebException | null
}

/** `AssetDatabase` of the vendor's reference. */
export interface PiAssetDatabase {
  readonly Description: string
  readonly ExtendedProperties: Readonly<Record<string, PiValue>>
  readonly Id: string
  readonly Name: string
  readonly Path: string
  readonly WebId: string
  readonly Links?: {
    readonly AnalysisCategories?: string
    readonly AnalysisTemplates?: string
    readonly AssetServer?: string
    readonly AttributeCategories?: string
    readonly ElementCategories?: string
    readonly ElementTemplates?: string
    readonly Elements?: string
    readonly EnumerationSets?: string
    readonly EventFrames?: string
    readonly Security?: string
    readonly SecurityEntries?: string
    readonly TableCategories?: string
    readonly Tables?: string
  }
  readonly WebException?: PiWebException | null
}

/** `AssetServer` of the vendor's reference. */
export interface PiAssetServer {
  readonly Description: string
  readonly ExtendedProperties: Readonly<Record<string, PiValue>>
  readonly Id: string
  readonly IsConnected: boolean
  readonly Name: string
  readonly Path: string
  readonly ServerTime: string
  readonly ServerVersion: string
  readonly WebId: string
  readonly Links?: {
    readonly AnalysisRulePlugIns?: string
    readonly Databases?: string
    readonly NotificationContactTemplates?: string
    readonly NotificationPlugIns?: string
    readonly Security?: string
    readonly SecurityEntries?: string
    readonly SecurityIdentities?: string
    readonly SecurityMappings?: string
    readonly TimeRulePlugIns?: string
    readonly UnitClasses?: string
  }
  readonly WebException?: PiWebException | null
}

/** `Attribute` of the vendor's reference. */
export interface PiAttribute {
  readonly CategoryNames: readonly string[]
  readonly ConfigString: string
  readonly DataReference: PiDataReference
  readonly DataReferencePlugIn: string
  readonly DefaultUnitsName: string
  readonly DefaultUnitsNameAbbreviation: string
  readonly Description: string
  readonly DisplayDigits: number
  readonly HasChildren: boolean
  readonly Id: string
  readonly IsConfigurationItem: boolean
  readonly IsExcluded: boolean
  readonly IsHidden: boolean
  readonly IsManualDataEntry: boolean
  readonly Name: string
  readonly Path: string
  readonly Paths: readonly string[]
  readonly Span: number
  readonly Step: boolean
  readonly TraitName: string
  readonly Type: string
  readonly TypeQualifier: string
  readonly WebId: string
  readonly Zero: number
  readonly Links?: {
    readonly Attributes?: string
    readonly Categories?: string
    readonly Element?: string
    readonly EndValue?: string
    readonly EnumerationSet?: string
    readonly EnumerationValues?: string
    readonly EventFrame?: string
    readonly InterpolatedData?: string
    readonly Parent?: string
    readonly PlotData?: string
    readonly Point?: string
    readonly RecordedData?: string
    readonly SummaryData?: string
    readonly Template?: string
    readonly Trait?: string
    readonly Value?: string
  }
  readonly WebException?: PiWebException | null
}

/** `AttributeCategory` of the vendor's reference. */
export interface PiAttributeCategory {
  readonly Description: string
  readonly Id: string
  readonly Name: string
  readonly Path: string
  readonly WebId: string
  readonly Links?: {
    readonly Database?: string
    readonly Security?: string
    readonly SecurityEntries?: string
  }
  readonly WebException?: PiWebException | null
}

/** `AttributeTemplate` of the vendor's reference. */
export interface PiAttributeTemplate {
  readonly CategoryNames: readonly string[]
  readonly ConfigString: string
  readonly DataReferencePlugIn: string
  readonly DefaultUnitsName: string
  readonly DefaultUnitsNameAbbreviation: string
  readonly DefaultValue: unknown
  readonly Description: string
  readonly HasChildren: boolean
  readonly Id: string
  readonly IsConfigurationItem: boolean
  readonly IsExcluded: boolean
  readonly IsHidden: boolean
  readonly IsManualDataEntry: boolean
  readonly Name: string
  readonly Path: string
  readonly TraitName: string
  readonly Type: string
  readonly TypeQualifier: string
  readonly WebId: string
  readonly Links?: {
    readonly AttributeTemplates?: string
    readonly Categories?: string
    readonly ElementTemplate?: string
    readonly Parent?: string
    readonly Trait?: string
  }
  readonly WebException?: PiWebException | null
}

/** `AttributeTrait` of the vendor's reference. */
export interface PiAttributeTrait {
  readonly Abbreviation: string
  readonly AllowChildAttributes: boolean
  readonly AllowDuplicates: boolean
  readonly IsAllowedOnRootAttribute: boolean
  readonly IsTypeInherited: boolean
  readonly IsUOMInherited: boolean
  readonly Name: string
  readonly RequireNumeric: boolean
  readonly RequireString: boolean
  readonly WebException?: PiWebException | null
}

/** `CacheInstance` of the vendor's reference. */
export interface PiCacheInstance {
  readonly Id: string
  readonly LastRefreshTime: string
  readonly ScheduledExpirationTime: string
  readonly User: string
  readonly WillRefreshAfter: string
  readonly WebException?: PiWebException | null
}

/** `ChannelInstance` of the vendor's reference. */
export interface PiChannelInstance {
  readonly Id: string
  readonly LastMessageSentTime: string
  readonly SentMessageCount: number
  readonly StartTime: string
  readonly WebException?: PiWebException | null
}

/** `DataPipeEvent` of the vendor's reference. */
export interface PiDataPipeEvent {
  readonly Action: string
  readonly Annotated: boolean
  readonly Errors?: readonly PiPropertyError[]
  readonly Good: boolean
  readonly PreviousEventAction: string
  readonly Questionable: boolean
  readonly Substituted: boolean
  readonly Timestamp: string
  readonly UnitsAbbreviation: string
  readonly Value: unknown
  readonly WebException?: PiWebException | null
}

/** `DataReference` of the vendor's reference. */
export interface PiDataReference {
  readonly PIPoint: PiPIPointDataReference
  readonly Type: string
  readonly WebException?: PiWebException | null
}

/** `DataServer` of the vendor's reference. */
export interface PiDataServer {
  readonly Id: string
  readonly IsConnected: boolean
  readonly Name: string
  readonly Path: string
  readonly ServerTime: string
  readonly ServerVersion: string
  readonly WebId: string
  readonly Links?: { readonly EnumerationSets?: string; readonly Points?: string }
  readonly WebException?: PiWebException | null
}

/** `DataServerLicense` of the vendor's reference. */
export interface PiDataServerLicense {
  readonly AmountLeft: string
  readonly AmountUsed: string
  readonly Name: string
  readonly TotalAmount: string
  readonly Links?: { readonly Parent?: string }
  readonly WebException?: PiWebException | null
}

/** `Element` of the vendor's reference. */
export interface PiElement {
  readonly CategoryNames: readonly string[]
  readonly Description: string
  readonly Errors?: readonly PiPropertyError[]
  readonly ExtendedProperties: Readonly<Record<string, PiValue>>
  readonly HasChildren: boolean
  readonly Id: string
  readonly Name: string
  readonly Path: string
  readonly Paths: readonly string[]
  readonly TemplateName: string
  readonly WebId: string
  readonly Links?: {
    readonly Analyses?: string
    readonly Attributes?: string
    readonly Categories?: string
    readonly Database?: string
    readonly DefaultAttribute?: string
    readonly Elements?: string
    readonly EndValue?: string
    readonly EventFrames?: string
    readonly InterpolatedData?: string
    readonly NotificationRules?: string
    readonly Parent?: string
    readonly PlotData?: string
    readonly RecordedData?: string
    readonly Security?: string
    readonly SecurityEntries?: string
    readonly SummaryData?: string
    readonly Template?: string
    readonly Value?: string
  }
  readonly WebException?: PiWebException | null
}

/** `ElementCategory` of the vendor's reference. */
export interface PiElementCategory {
  readonly Description: string
  readonly Id: string
  readonly Name: string
  readonly Path: string
  readonly WebId: string
  readonly Links?: {
    readonly Database?: string
    readonly Security?: string
    readonly SecurityEntries?: string
  }
  readonly WebException?: PiWebException | null
}

/** `ElementTemplate` of the vendor's reference. */
export interface PiElementTemplate {
  readonly AllowElementToExtend: boolean
  readonly BaseTemplate: string
  readonly CanBeAcknowledged: boolean
  readonly CategoryNames: readonly string[]
  readonly Description: string
  readonly ExtendedProperties: Readonly<Record<string, PiValue>>
  readonly Id: string
  readonly InstanceType: string
  readonly Name: string
  readonly NamingPattern: string
  readonly Path: string
  readonly Severity: string
  readonly WebId: string
  readonly Links?: {
    readonly AnalysisTemplates?: string
    readonly AttributeTemplates?: string
    readonly BaseTemplate?: string
    readonly BaseTemplates?: string
    readonly Categories?: string
    readonly Database?: string
    readonly DefaultAttribute?: string
    readonly DerivedTemplates?: string
    readonly NotificationRuleTemplates?: string
    readonly Security?: string
    readonly SecurityEntries?: string
  }
  readonly WebException?: PiWebException | null
}

/** `EnumerationSet` of the vendor's reference. */
export interface PiEnumerationSet {
  readonly Description: string
  readonly Id: string
  readonly Name: string
  readonly Path: string
  readonly SerializeDescription: boolean
  readonly WebId: string
  readonly Links?: {
    readonly DataServer?: string
    readonly Database?: string
    readonly Security?: string
    readonly SecurityEntries?: string
    readonly Values?: string
  }
  readonly WebException?: PiWebException | null
}

/** `EnumerationValue` of the vendor's reference. */
export interface PiEnumerationValue {
  readonly Description: string
  readonly Id: string
  readonly Name: string
  readonly Parent: string
  readonly Path: string
  readonly SerializeDescription: boolean
  readonly SerializeId: boolean
  readonly SerializeLinks: boolean
  readonly SerializePath: boolean
  readonly SerializeWebId: boolean
  readonly Value: number
  readonly WebId: string
  readonly Links?: { readonly EnumerationSet?: string; readonly Parent?: string }
  readonly WebException?: PiWebException | null
}

/** `Errors` of the vendor's reference. */
export interface PiErrors {
  readonly Errors: readonly string[]
  readonly WebException?: PiWebException | null
}

/** `EventFrame` of the vendor's reference. */
export interface PiEventFrame {
  readonly AcknowledgedBy: string
  readonly AcknowledgedDate: string
  readonly AreValuesCaptured: boolean
  readonly CanBeAcknowledged: boolean
  readonly CategoryNames: readonly string[]
  readonly Description: string
  readonly EndTime: string
  readonly ExtendedProperties: Readonly<Record<string, PiValue>>
  readonly HasChildren: boolean
  readonly Id: string
  readonly IsAcknowledged: boolean
  readonly IsAnnotated: boolean
  readonly IsLocked: boolean
  readonly Name: string
  readonly Path: string
  readonly RefElementWebIds: readonly string[]
  readonly Security: PiSecurity
  readonly Severity: string
  readonly StartTime: string
  readonly TemplateName: string
  readonly WebId: string
  readonly Links?: {
    readonly Annotations?: string
    readonly Attributes?: string
    readonly Categories?: string
    readonly Database?: string
    readonly DefaultAttribute?: string
    readonly EndValue?: string
    readonly EventFrames?: string
    readonly InterpolatedData?: string
    readonly Parent?: string
    readonly PlotData?: string
    readonly PrimaryReferencedElement?: string
    readonly RecordedData?: string
    readonly ReferencedElements?: string
    readonly Security?: string
    readonly SecurityEntries?: string
    readonly SummaryData?: string
    readonly Template?: string
    readonly Value?: string
  }
  readonly WebException?: PiWebException | null
}

/** `ExtendedTimedValue` of the vendor's reference. */
export interface PiExtendedTimedValue {
  readonly Annotated: boolean
  readonly Annotations?: readonly PiStreamAnnotation[]
  readonly Errors?: readonly PiPropertyError[]
  readonly Good: boolean
  readonly Questionable: boolean
  readonly Substituted: boolean
  readonly Timestamp: string
  readonly UnitsAbbreviation: string
  readonly Value: unknown
  readonly WebException?: PiWebException | null
}

/** `ExtendedTimedValues` of the vendor's reference. */
export interface PiExtendedTimedValues {
  readonly Items: readonly PiExtendedTimedValue[]
  readonly UnitsAbbreviation: string
  readonly WebException?: PiWebException | null
}

/** `ItemAttribute` of the vendor's reference. */
export interface PiItemAttribute {
  readonly Exception?: PiErrors
  readonly Identifier: string
  readonly IdentifierType: string
  readonly Object: PiAttribute
  readonly WebException?: PiWebException | null
}

/** `ItemElement` of the vendor's reference. */
export interface PiItemElement {
  readonly Exception?: PiErrors
  readonly Identifier: string
  readonly IdentifierType: string
  readonly Object: PiElement
  readonly WebException?: PiWebException | null
}

/** `ItemEventFrame` of the vendor's reference. */
export interface PiItemEventFrame {
  readonly Exception?: PiErrors
  readonly Identifier: string
  readonly IdentifierType: string
  readonly Object: PiEventFrame
  readonly WebException?: PiWebException | null
}

/** `ItemPoint` of the vendor's reference. */
export interface PiItemPoint {
  readonly Exception?: PiErrors
  readonly Identifier: string
  readonly IdentifierType: string
  readonly Object: PiPoint
  readonly WebException?: PiWebException | null
}

/** `Itemsstring` of the vendor's reference. */
export interface PiItemsstring {
  readonly Items: readonly string[]
  readonly WebException?: PiWebException | null
}

/** `Landing` of the vendor's reference. */
export interface PiLanding {
  readonly Links?: {
    readonly AssetServers?: string
    readonly DataServers?: string
    readonly Search?: string
    readonly System?: string
  }
  readonly WebException?: PiWebException | null
}

/** `MediaMetadata` of the vendor's reference. */
export interface PiMediaMetadata {
  readonly Author: string
  readonly ChangeDate: string
  readonly Description: string
  readonly Name: string
  readonly Size: number
  readonly Links?: { readonly MediaData?: string; readonly Owner?: string }
  readonly WebException?: PiWebException | null
}

/** `NotificationContactTemplate` of the vendor's reference. */
export interface PiNotificationContactTemplate {
  readonly Available: boolean
  readonly ConfigString: string
  readonly ContactType: string
  readonly Description: string
  readonly EscalationTimeout: string
  readonly HasChildren: boolean
  readonly Id: string
  readonly MaximumRetries: number
  readonly MinimumAcknowledgements: number
  readonly Name: string
  readonly NotifyWhenInstanceEnded: boolean
  readonly Path: string
  readonly PlugInName: string
  readonly RetryInterval: string
  readonly WebId: string
  readonly Links?: {
    readonly AssetServer?: string
    readonly NotificationContactTemplates?: string
    readonly NotificationPlugIn?: string
    readonly Security?: string
    readonly SecurityEntries?: string
  }
  readonly WebException?: PiWebException | null
}

/** `NotificationPlugIn` of the vendor's reference. */
export interface PiNotificationPlugIn {
  readonly AssemblyFileName: string
  readonly AssemblyID: string
  readonly AssemblyLoadProperties: readonly string[]
  readonly AssemblyTime: string
  readonly CompatibilityVersion: number
  readonly Description: string
  readonly Id: string
  readonly IsBrowsable: boolean
  readonly IsNonEditableConfig: boolean
  readonly LoadedAssemblyTime: string
  readonly LoadedVersion: string
  readonly Name: string
  readonly Path: string
  readonly Version: string
  readonly WebId: string
  readonly WebException?: PiWebException | null
}

/** `NotificationRule` of the vendor's reference. */
export interface PiNotificationRule {
  readonly AutoCreated: boolean
  readonly CategoryNames: readonly string[]
  readonly Criteria: string
  readonly Description: string
  readonly Id: string
  readonly MultiTriggerEventOption: string
  readonly Name: string
  readonly NonrepetitionInterval: string
  readonly Path: string
  readonly ResendInterval: string
  readonly Status: string
  readonly TemplateName: string
  readonly WebId: string
  readonly WebException?: PiWebException | null
}

/** `NotificationRuleSubscriber` of the vendor's reference. */
export interface PiNotificationRuleSubscriber {
  readonly ConfigString: string
  readonly ContactTemplateName: string
  readonly ContactType: string
  readonly DeliveryFormatName: string
  readonly Description: string
  readonly EscalationTimeout: string
  readonly Id: string
  readonly MaximumRetries: number
  readonly Name: string
  readonly NotifyOption: string
  readonly Path: string
  readonly PlugInName: string
  readonly RetryInterval: string
  readonly WebId: string
  readonly WebException?: PiWebException | null
}

/** `NotificationRuleTemplate` of the vendor's reference. */
export interface PiNotificationRuleTemplate {
  readonly CategoryNames: readonly string[]
  readonly Criteria: string
  readonly Description: string
  readonly Id: string
  readonly MultiTriggerEventOption: string
  readonly Name: string
  readonly NonrepetitionInterval: string
  readonly Path: string
  readonly ResendInterval: string
  readonly Status: string
  readonly TemplateName: string
  readonly WebId: string
  readonly WebException?: PiWebException | null
}

/** `PIPointDataReference` of the vendor's reference. */
export interface PiPIPointDataReference {
  readonly Descriptor: string
  readonly DigitalSetName: string
  readonly DisplayDigits: number
  readonly EngineeringUnits: string
  readonly Future: boolean
  readonly Id: number
  readonly Name: string
  readonly Path: string
  readonly PointClass: string
  readonly PointType: string
  readonly Span: number
  readonly Step: boolean
  readonly WebId: string
  readonly Zero: number
  readonly WebException?: PiWebException | null
}

/** `Point` of the vendor's reference. */
export interface PiPoint {
  readonly Descriptor: string
  readonly DigitalSetName: string
  readonly DisplayDigits: number
  readonly EngineeringUnits: string
  readonly Future: boolean
  readonly Id: number
  readonly Name: string
  readonly Path: string
  readonly PointClass: string
  readonly PointType: string
  readonly Span: number
  readonly Step: boolean
  readonly WebId: string
  readonly Zero: number
  readonly Links?: {
    readonly Attributes?: string
    readonly DataServer?: string
    readonly EndValue?: string
    readonly InterpolatedData?: string
    readonly PlotData?: string
    readonly RecordedData?: string
    readonly SummaryData?: string
    readonly Value?: string
  }
  readonly WebException?: PiWebException | null
}

/** `PointAttribute` of the vendor's reference. */
export interface PiPointAttribute {
  readonly Name: string
  readonly Value: unknown
  readonly Links?: { readonly Point?: string }
  readonly WebException?: PiWebException | null
}

/** `PropertyError` of the vendor's reference. */
export interface PiPropertyError {
  readonly FieldName: string
  readonly Message: readonly string[]
  readonly WebException?: PiWebException | null
}

/** `Request` of the vendor's reference. */
export interface PiRequest {
  readonly Content: string
  readonly Headers: Readonly<Record<string, string>>
  readonly Method: string
  readonly Parameters: readonly string[]
  readonly ParentIds: readonly string[]
  readonly RequestTemplate: PiRequestTemplate
  readonly Resource: string
  readonly WebException?: PiWebException | null
}

/** `RequestTemplate` of the vendor's reference. */
export interface PiRequestTemplate {
  readonly Resource: string
  readonly WebException?: PiWebException | null
}

/** `Response` of the vendor's reference. */
export interface PiResponse {
  readonly Content: unknown
  readonly Headers: Readonly<Record<string, string>>
  readonly Status: number
  readonly WebException?: PiWebException | null
}

/** `SearchByAttribute` of the vendor's reference. */
export interface PiSearchByAttribute {
  readonly ElementTemplate: string
  readonly SearchRoot: string
  readonly ValueQueries: readonly PiValueQuery[]
  readonly WebException?: PiWebException | null
}

/** `Security` of the vendor's reference. */
export interface PiSecurity {
  readonly CanAnnotate: boolean
  readonly CanDelete: boolean
  readonly CanExecute: boolean
  readonly CanRead: boolean
  readonly CanReadData: boolean
  readonly CanSubscribe: boolean
  readonly CanSubscribeOthers: boolean
  readonly CanWrite: boolean
  readonly CanWriteData: boolean
  readonly HasAdmin: boolean
  readonly Rights: readonly string[]
  readonly WebException?: PiWebException | null
}

/** `SecurityEntry` of the vendor's reference. */
export interface PiSecurityEntry {
  readonly AllowRights: readonly string[]
  readonly DenyRights: readonly string[]
  readonly Name: string
  readonly SecurityIdentityName: string
  readonly Links?: { readonly SecurableObject?: string; readonly SecurityIdentity?: string }
  readonly WebException?: PiWebException | null
}

/** `SecurityIdentity` of the vendor's reference. */
export interface PiSecurityIdentity {
  readonly Description: string
  readonly Id: string
  readonly IsEnabled: boolean
  readonly Name: string
  readonly Path: string
  readonly WebId: string
  readonly Links?: {
    readonly AssetServer?: string
    readonly Security?: string
    readonly SecurityEntries?: string
    readonly SecurityMappings?: string
  }
  readonly WebException?: PiWebException | null
}

/** `SecurityMapping` of the vendor's reference. */
export interface PiSecurityMapping {
  readonly Account: string
  readonly Description: string
  readonly Id: string
  readonly Name: string
  readonly Path: string
  readonly SecurityIdentityWebId: string
  readonly WebId: string
  readonly Links?: {
    readonly AssetServer?: string
    readonly Security?: string
    readonly SecurityEntries?: string
    readonly SecurityIdentity?: string
  }
  readonly WebException?: PiWebException | null
}

/** `SecurityRights` of the vendor's reference. */
export interface PiSecurityRights {
  readonly CanAnnotate: boolean
  readonly CanDelete: boolean
  readonly CanExecute: boolean
  readonly CanRead: boolean
  readonly CanReadData: boolean
  readonly CanSubscribe: boolean
  readonly CanSubscribeOthers: boolean
  readonly CanWrite: boolean
  readonly CanWriteData: boolean
  readonly HasAdmin: boolean
  readonly OwnerWebId: string
  readonly Rights: readonly string[]
  readonly SecurityItem: string
  readonly UserIdentity: string
  readonly Links?: { readonly Owner?: string }
  readonly WebException?: PiWebException | null
}

/** `StreamAnnotation` of the vendor's reference. */
export interface PiStreamAnnotation {
  readonly CreationDate: string
  readonly Creator: string
  readonly Description: string
  readonly Errors?: readonly PiPropertyError[]
  readonly Id: string
  readonly Modifier: string
  readonly ModifyDate: string
  readonly Name: string
  readonly Value: unknown
  readonly WebException?: PiWebException | null
}

/** `StreamSummaries` of the vendor's reference. */
export interface PiStreamSummaries {
  readonly Items: readonly PiSummaryValue[]
  readonly Name: string
  readonly Path: string
  readonly WebId: string
  readonly Links?: { readonly Source?: string }
  readonly WebException?: PiWebException | null
}

/** `StreamUpdatesRegister` of the vendor's reference. */
export interface PiStreamUpdatesRegister {
  readonly Exception?: PiErrors
  readonly LatestMarker: string
  readonly Source: string
  readonly SourceName: string
  readonly SourcePath: string
  readonly Status: string
  readonly WebException?: PiWebException | null
}

/** `StreamUpdatesRetrieve` of the vendor's reference. */
export interface PiStreamUpdatesRetrieve {
  readonly Events: readonly PiDataPipeEvent[]
  readonly Exception?: PiErrors
  readonly LatestMarker: string
  readonly RequestedMarker: string
  readonly Source: string
  readonly SourceName: string
  readonly SourcePath: string
  readonly Status: string
  readonly WebException?: PiWebException | null
}

/** `StreamValue` of the vendor's reference. */
export interface PiStreamValue {
  readonly Name: string
  readonly Path: string
  readonly Value: PiTimedValue
  readonly WebId: string
  readonly Links?: { readonly Source?: string }
  readonly WebException?: PiWebException | null
}

/** `StreamValues` of the vendor's reference. */
export interface PiStreamValues {
  readonly Items: readonly PiTimedValue[]
  readonly Name: string
  readonly Path: string
  readonly UnitsAbbreviation: string
  readonly WebId: string
  readonly Links?: { readonly Source?: string }
  readonly WebException?: PiWebException | null
}

/** `Substatus` of the vendor's reference. */
export interface PiSubstatus {
  readonly Message: string
  readonly Substatus: number
  readonly WebException?: PiWebException | null
}

/** `SummaryValue` of the vendor's reference. */
export interface PiSummaryValue {
  readonly Type: string
  readonly Value: PiTimedValue
  readonly WebException?: PiWebException | null
}

/** `SystemLanding` of the vendor's reference. */
export interface PiSystemLanding {
  readonly ProductTitle: string
  readonly ProductVersion: string
  readonly Links?: {
    readonly CacheInstances?: string
    readonly Configuration?: string
    readonly Status?: string
    readonly UserInfo?: string
    readonly Versions?: string
  }
  readonly WebException?: PiWebException | null
}

/** `SystemStatus` of the vendor's reference. */
export interface PiSystemStatus {
  readonly CacheInstances: number
  readonly ServerTime: string
  readonly State: string
  readonly UpTimeInMinutes: number
  readonly WebException?: PiWebException | null
}

/** `Table` of the vendor's reference. */
export interface PiTable {
  readonly CategoryNames: readonly string[]
  readonly ConvertToLocalTime: boolean
  readonly Description: string
  readonly Id: string
  readonly Name: string
  readonly Path: string
  readonly TimeZone: string
  readonly WebId: string
  readonly Links?: {
    readonly Categories?: string
    readonly Data?: string
    readonly Database?: string
    readonly Security?: string
    readonly SecurityEntries?: string
  }
  readonly WebException?: PiWebException | null
}

/** `TableCategory` of the vendor's reference. */
export interface PiTableCategory {
  readonly Description: string
  readonly Id: string
  readonly Name: string
  readonly Path: string
  readonly WebId: string
  readonly Links?: {
    readonly Database?: string
    readonly Security?: string
    readonly SecurityEntries?: string
  }
  readonly WebException?: PiWebException | null
}

/** `TableData` of the vendor's reference. */
export interface PiTableData {
  readonly Columns: Readonly<Record<string, string>>
  readonly Rows: readonly Readonly<Record<string, unknown>>[]
  readonly WebException?: PiWebException | null
}

/** `TimeRule` of the vendor's reference. */
export interface PiTimeRule {
  readonly ConfigString: string
  readonly ConfigStringStored: string
  readonly Description: string
  readonly DisplayString: string
  readonly EditorType: string
  readonly Id: string
  readonly IsConfigured: boolean
  readonly IsInitializing: boolean
  readonly MergeDuplicatedItems: boolean
  readonly Name: string
  readonly Path: string
  readonly PlugInName: string
  readonly WebId: string
  readonly Links?: {
    readonly Analysis?: string
    readonly AnalysisTemplate?: string
    readonly PlugIn?: string
  }
  readonly WebException?: PiWebException | null
}

/** `TimeRulePlugIn` of the vendor's reference. */
export interface PiTimeRulePlugIn {
  readonly AssemblyFileName: string
  readonly AssemblyID: string
  readonly AssemblyLoadProperties: readonly string[]
  readonly AssemblyTime: string
  readonly CompatibilityVersion: number
  readonly Description: string
  readonly Id: string
  readonly IsBrowsable: boolean
  readonly IsNonEditableConfig: boolean
  readonly LoadedAssemblyTime: string
  readonly LoadedVersion: string
  readonly Name: string
  readonly Path: string
  readonly Version: string
  readonly WebId: string
  readonly Links?: { readonly AssetServer?: string }
  readonly WebException?: PiWebException | null
}

/** `TimedValue` of the vendor's reference. */
export interface PiTimedValue {
  readonly Annotated: boolean
  readonly Errors?: readonly PiPropertyError[]
  readonly Good: boolean
  readonly Questionable: boolean
  readonly Substituted: boolean
  readonly Timestamp: string
  readonly UnitsAbbreviation: string
  readonly Value: unknown
  readonly WebException?: PiWebException | null
}

/** `TimedValues` of the vendor's reference. */
export interface PiTimedValues {
  readonly Items: readonly PiTimedValue[]
  readonly UnitsAbbreviation: string
  readonly WebException?: PiWebException | null
}

/** `Unit` of the vendor's reference. */
export interface PiUnit {
  readonly Abbreviation: string
  readonly Description: string
  readonly Factor: number
  readonly Id: string
  readonly Name: string
  readonly Offset: number
  readonly Path: string
  readonly ReferenceFactor: number
  readonly ReferenceOffset: number
  readonly ReferenceUnitAbbreviation: string
  readonly WebId: string
  readonly Links?: { readonly ReferenceUnit?: string }
  readonly WebException?: PiWebException | null
}

/** `UnitClass` of the vendor's reference. */
export interface PiUnitClass {
  readonly CanonicalUnitAbbreviation: string
  readonly CanonicalUnitName: string
  readonly Description: string
  readonly Id: string
  readonly Name: string
  readonly Path: string
  readonly WebId: string
  readonly Links?: { readonly AssetServer?: string; readonly CanonicalUnit?: string; readonly Units?: string }
  readonly WebException?: PiWebException | null
}

/** `UserInfo` of the vendor's reference. */
export interface PiUserInfo {
  readonly IdentityType: string
  readonly ImpersonationLevel: string
  readonly IsAuthenticated: boolean
  readonly Name: string
  readonly SID: string
  readonly WebException?: PiWebException | null
}

/** `Value` of the vendor's reference. */
export interface PiValue {
  readonly Exception?: PiErrors
  readonly Value: unknown
  readonly WebException?: PiWebException | null
}

/** `ValueQuery` of the vendor's reference. */
export interface PiValueQuery {
  readonly AttributeName: string
  readonly AttributeUOM: string
  readonly AttributeValue: unknown
  readonly SearchOperator: string
  readonly WebException?: PiWebException | null
}

/** `Version` of the vendor's reference. */
export interface PiVersion {
  readonly Build: string
  readonly FullVersion: string
  readonly MajorMinorRevision: string
  readonly WebException?: PiWebException | null
}

/** `WebException` of the vendor's reference. */
export interface PiWebException {
  readonly Errors: readonly string[]
  readonly StatusCode: number
}
