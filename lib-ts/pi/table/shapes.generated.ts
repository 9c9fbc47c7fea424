// Written by scripts/pi/generate.mjs from its tables; edit those.

export interface PiAmbiguous {
  readonly Reason: string
  readonly WebException?: PiWebException | null
}

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

export interface PiCacheInstance {
  readonly Id: string
  readonly LastRefreshTime: string
  readonly ScheduledExpirationTime: string
  readonly User: string
  readonly WillRefreshAfter: string
  readonly WebException?: PiWebException | null
}

export interface PiChannelInstance {
  readonly Id: string
  readonly LastMessageSentTime: string
  readonly SentMessageCount: number
  readonly StartTime: string
  readonly WebException?: PiWebException | null
}

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

export interface PiDataReference {
  readonly PIPoint: PiPIPointDataReference
  readonly Type: string
  readonly WebException?: PiWebException | null
}

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

export interface PiDataServerLicense {
  readonly AmountLeft: string
  readonly AmountUsed: string
  readonly Name: string
  readonly TotalAmount: string
  readonly Links?: { readonly Parent?: string }
  readonly WebException?: PiWebException | null
}

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

export interface PiErrors {
  readonly Errors: readonly string[]
  readonly WebException?: PiWebException | null
}

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

export interface PiExtendedTimedValues {
  readonly Items: readonly PiExtendedTimedValue[]
  readonly UnitsAbbreviation: string
  readonly WebException?: PiWebException | null
}

export interface PiItemAttribute {
  readonly Exception?: PiErrors
  readonly Identifier: string
  readonly IdentifierType: string
  readonly Object: PiAttribute
  readonly WebException?: PiWebException | null
}

export interface PiItemElement {
  readonly Exception?: PiErrors
  readonly Identifier: string
  readonly IdentifierType: string
  readonly Object: PiElement
  readonly WebException?: PiWebException | null
}

export interface PiItemEventFrame {
  readonly Exception?: PiErrors
  readonly Identifier: string
  readonly IdentifierType: string
  readonly Object: PiEventFrame
  readonly WebException?: PiWebException | null
}

export interface PiItemPoint {
  readonly Exception?: PiErrors
  readonly Identifier: string
  readonly IdentifierType: string
  readonly Object: PiPoint
  readonly WebException?: PiWebException | null
}

export interface PiItemsstring {
  readonly Items: readonly string[]
  readonly WebException?: PiWebException | null
}

export interface PiLanding {
  readonly Links?: {
    readonly AssetServers?: string
    readonly DataServers?: string
    readonly Search?: string
    readonly System?: string
  }
  readonly WebException?: PiWebException | null
}

export interface PiMediaMetadata {
  readonly Author: string
  readonly ChangeDate: string
  readonly Description: string
  readonly Name: string
  readonly Size: number
  readonly Links?: { readonly MediaData?: string; readonly Owner?: string }
  readonly WebException?: PiWebException | null
}

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

export interface PiPointAttribute {
  readonly Name: string
  readonly Value: unknown
  readonly Links?: { readonly Point?: string }
  readonly WebException?: PiWebException | null
}

export interface PiPropertyError {
  readonly FieldName: string
  readonly Message: readonly string[]
  readonly WebException?: PiWebException | null
}

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

export interface PiRequestTemplate {
  readonly Resource: string
  readonly WebException?: PiWebException | null
}

export interface PiResponse {
  readonly Content: unknown
  readonly Headers: Readonly<Record<string, string>>
  readonly Status: number
  readonly WebException?: PiWebException | null
}

export interface PiSearchByAttribute {
  readonly ElementTemplate: string
  readonly SearchRoot: string
  readonly ValueQueries: readonly PiValueQuery[]
  readonly WebException?: PiWebException | null
}

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

export interface PiSecurityEntry {
  readonly AllowRights: readonly string[]
  readonly DenyRights: readonly string[]
  readonly Name: string
  readonly SecurityIdentityName: string
  readonly Links?: { readonly SecurableObject?: string; readonly SecurityIdentity?: string }
  readonly WebException?: PiWebException | null
}

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

export interface PiStreamSummaries {
  readonly Items: readonly PiSummaryValue[]
  readonly Name: string
  readonly Path: string
  readonly WebId: string
  readonly Links?: { readonly Source?: string }
  readonly WebException?: PiWebException | null
}

export interface PiStreamUpdatesRegister {
  readonly Exception?: PiErrors
  readonly LatestMarker: string
  readonly Source: string
  readonly SourceName: string
  readonly SourcePath: string
  readonly Status: string
  readonly WebException?: PiWebException | null
}

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

export interface PiStreamValue {
  readonly Name: string
  readonly Path: string
  readonly Value: PiTimedValue
  readonly WebId: string
  readonly Links?: { readonly Source?: string }
  readonly WebException?: PiWebException | null
}

export interface PiStreamValues {
  readonly Items: readonly PiTimedValue[]
  readonly Name: string
  readonly Path: string
  readonly UnitsAbbreviation: string
  readonly WebId: string
  readonly Links?: { readonly Source?: string }
  readonly WebException?: PiWebException | null
}

export interface PiSubstatus {
  readonly Message: string
  readonly Substatus: number
  readonly WebException?: PiWebException | null
}

export interface PiSummaryValue {
  readonly Type: string
  readonly Value: PiTimedValue
  readonly WebException?: PiWebException | null
}

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

export interface PiSystemStatus {
  readonly CacheInstances: number
  readonly ServerTime: string
  readonly State: string
  readonly UpTimeInMinutes: number
  readonly WebException?: PiWebException | null
}

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

export interface PiTableData {
  readonly Columns: Readonly<Record<string, string>>
  readonly Rows: readonly Readonly<Record<string, unknown>>[]
  readonly WebException?: PiWebException | null
}

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

export interface PiTimedValues {
  readonly Items: readonly PiTimedValue[]
  readonly UnitsAbbreviation: string
  readonly WebException?: PiWebException | null
}

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

export interface PiUserInfo {
  readonly IdentityType: string
  readonly ImpersonationLevel: string
  readonly IsAuthenticated: boolean
  readonly Name: string
  readonly SID: string
  readonly WebException?: PiWebException | null
}

export interface PiValue {
  readonly Exception?: PiErrors
  readonly Value: unknown
  readonly WebException?: PiWebException | null
}

export interface PiValueQuery {
  readonly AttributeName: string
  readonly AttributeUOM: string
  readonly AttributeValue: unknown
  readonly SearchOperator: string
  readonly WebException?: PiWebException | null
}

export interface PiVersion {
  readonly Build: string
  readonly FullVersion: string
  readonly MajorMinorRevision: string
  readonly WebException?: PiWebException | null
}

export interface PiWebException {
  readonly Errors: readonly string[]
  readonly StatusCode: number
}
