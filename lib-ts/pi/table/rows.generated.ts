// Written by scripts/pi/generate.mjs from its tables; edit those.

/** Per controller a line per action: `action|verb|path|query|body|answer`. */
export const rows = {
  analyses: `
getByPath|GET|analyses|path! selectedFields; webIdType
getAnalysesQuery|GET|analyses/search|databaseWebId maxCount:int query selectedFields; startIndex:int webIdType
delete|DELETE|analyses/{webId}
get|GET|analyses/{webId}|selectedFields; webIdType
update|PATCH|analyses/{webId}||analysis
getCategories|GET|analyses/{webId}/categories|selectedFields; webIdType
getSecurity|GET|analyses/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|analyses/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|analyses/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|analyses/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|analyses/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|analyses/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  analysiscategories: `
getByPath|GET|analysiscategories|path! selectedFields; webIdType
delete|DELETE|analysiscategories/{webId}
get|GET|analysiscategories/{webId}|selectedFields; webIdType
update|PATCH|analysiscategories/{webId}||category
getSecurity|GET|analysiscategories/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|analysiscategories/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|analysiscategories/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|analysiscategories/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|analysiscategories/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|analysiscategories/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  analysisruleplugins: `
getByPath|GET|analysisruleplugins|path! selectedFields; webIdType
get|GET|analysisruleplugins/{webId}|selectedFields; webIdType`,
  analysisrules: `
getByPath|GET|analysisrules|path! selectedFields; webIdType
delete|DELETE|analysisrules/{webId}
get|GET|analysisrules/{webId}|selectedFields; webIdType
update|PATCH|analysisrules/{webId}||analysisRule
getAnalysisRules|GET|analysisrules/{webId}/analysisrules|maxCount:int nameFilter searchFullHierarchy:bool selectedFields; sortField sortOrder startIndex:int webIdType
createAnalysisRule|POST|analysisrules/{webId}/analysisrules|webIdType|analysisRule`,
  analysistemplates: `
getByPath|GET|analysistemplates|path! selectedFields; webIdType
createFromAnalysis|POST|analysistemplates|analysisWebId! name webIdType
getAnalysisTemplatesQuery|GET|analysistemplates/search|databaseWebId maxCount:int query selectedFields; startIndex:int webIdType
delete|DELETE|analysistemplates/{webId}
get|GET|analysistemplates/{webId}|selectedFields; webIdType
update|PATCH|analysistemplates/{webId}||template
getCategories|GET|analysistemplates/{webId}/categories|selectedFields; webIdType
getSecurity|GET|analysistemplates/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|analysistemplates/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|analysistemplates/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|analysistemplates/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|analysistemplates/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|analysistemplates/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  assetdatabases: `
getByPath|GET|assetdatabases|path! selectedFields; webIdType
delete|DELETE|assetdatabases/{webId}
get|GET|assetdatabases/{webId}|selectedFields; webIdType
update|PATCH|assetdatabases/{webId}||database
findAnalyses|GET|assetdatabases/{webId}/analyses|field*! maxCount:int query selectedFields; sortField sortOrder startIndex:int webIdType
getAnalysisCategories|GET|assetdatabases/{webId}/analysiscategories|selectedFields; webIdType
createAnalysisCategory|POST|assetdatabases/{webId}/analysiscategories|webIdType|analysisCategory
getAnalysisTemplates|GET|assetdatabases/{webId}/analysistemplates|field*! maxCount:int query selectedFields; sortField sortOrder webIdType
createAnalysisTemplate|POST|assetdatabases/{webId}/analysistemplates|webIdType|template
getAttributeCategories|GET|assetdatabases/{webId}/attributecategories|selectedFields; webIdType
createAttributeCategory|POST|assetdatabases/{webId}/attributecategories|webIdType|attributeCategory
findElementAttributes|GET|assetdatabases/{webId}/elementattributes|associations; attributeCategory attributeDescriptionFilter attributeNameFilter attributeType elementCategory elementDescriptionFilter elementNameFilter elementTemplate elementType maxCount:int searchFullHierarchy:bool selectedFields; sortField sortOrder startIndex:int webIdType
getElementCategories|GET|assetdatabases/{webId}/elementcategories|selectedFields; webIdType
createElementCategory|POST|assetdatabases/{webId}/elementcategories|webIdType|elementCategory
getElements|GET|assetdatabases/{webId}/elements|associations; categoryName descriptionFilter elementType maxCount:int nameFilter searchFullHierarchy:bool selectedFields; sortField sortOrder startIndex:int templateName webIdType
createElement|POST|assetdatabases/{webId}/elements|webIdType|element
getElementTemplates|GET|assetdatabases/{webId}/elementtemplates|field*! maxCount:int query selectedFields; sortField sortOrder webIdType
createElementTemplate|POST|assetdatabases/{webId}/elementtemplates|webIdType|template
getEnumerationSets|GET|assetdatabases/{webId}/enumerationsets|selectedFields; webIdType
createEnumerationSet|POST|assetdatabases/{webId}/enumerationsets|webIdType|enumerationSet
findEventFrameAttributes|GET|assetdatabases/{webId}/eventframeattributes|associations; attributeCategory attributeDescriptionFilter attributeNameFilter attributeType endTime:time eventFrameCategory eventFrameDescriptionFilter eventFrameNameFilter eventFrameTemplate maxCount:int referencedElementNameFilter searchFullHierarchy:bool searchMode selectedFields; sortField sortOrder startIndex:int startTime:time webIdType
getEventFrames|GET|assetdatabases/{webId}/eventframes|canBeAcknowledged:bool categoryName endTime:time isAcknowledged:bool maxCount:int nameFilter referencedElementNameFilter referencedElementTemplateName searchFullHierarchy:bool searchMode selectedFields; severity* sortField sortOrder startIndex:int startTime:time templateName webIdType
createEventFrame|POST|assetdatabases/{webId}/eventframes|webIdType|eventFrame
export|GET|assetdatabases/{webId}/export|endTime:time exportMode* startTime:time
import|POST|assetdatabases/{webId}/import|importMode*
removeReferencedElement|DELETE|assetdatabases/{webId}/referencedelements|referencedElementWebId*!
getReferencedElements|GET|assetdatabases/{webId}/referencedelements|associations; categoryName descriptionFilter elementType maxCount:int nameFilter selectedFields; sortField sortOrder startIndex:int templateName webIdType
addReferencedElement|POST|assetdatabases/{webId}/referencedelements|referencedElementWebId*! referenceType
getSecurity|GET|assetdatabases/{webId}/security|securityItem*! userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|assetdatabases/{webId}/securityentries|nameFilter securityItem selectedFields; webIdType
createSecurityEntry|POST|assetdatabases/{webId}/securityentries|applyToChildren securityItem webIdType|securityEntry
deleteSecurityEntry|DELETE|assetdatabases/{webId}/securityentries/{name}|applyToChildren securityItem
getSecurityEntryByName|GET|assetdatabases/{webId}/securityentries/{name}|securityItem selectedFields; webIdType
updateSecurityEntry|PUT|assetdatabases/{webId}/securityentries/{name}|applyToChildren securityItem|securityEntry
getTableCategories|GET|assetdatabases/{webId}/tablecategories|selectedFields; webIdType
createTableCategory|POST|assetdatabases/{webId}/tablecategories|webIdType|tableCategory
getTables|GET|assetdatabases/{webId}/tables|selectedFields; webIdType
createTable|POST|assetdatabases/{webId}/tables|webIdType|table`,
  assetservers: `
getByName|GET|assetservers|name! selectedFields; webIdType
getByPath|GET|assetservers|path! selectedFields; webIdType
list|GET|assetservers|selectedFields; webIdType
get|GET|assetservers/{webId}|selectedFields; webIdType
getAnalysisRulePlugIns|GET|assetservers/{webId}/analysisruleplugins|selectedFields; webIdType
getDatabases|GET|assetservers/{webId}/assetdatabases|selectedFields; webIdType
createAssetDatabase|POST|assetservers/{webId}/assetdatabases|webIdType|database
getNotificationContactTemplates|GET|assetservers/{webId}/notificationcontacttemplates|selectedFields; webIdType
createNotificationContactTemplate|POST|assetservers/{webId}/notificationcontacttemplates|webIdType|notificationContactTemplate
getNotificationPlugIns|GET|assetservers/{webId}/notificationplugins|selectedFields; webIdType
getSecurity|GET|assetservers/{webId}/security|securityItem*! userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|assetservers/{webId}/securityentries|nameFilter securityItem selectedFields; webIdType
createSecurityEntry|POST|assetservers/{webId}/securityentries|applyToChildren securityItem webIdType|securityEntry
deleteSecurityEntry|DELETE|assetservers/{webId}/securityentries/{name}|applyToChildren securityItem
getSecurityEntryByName|GET|assetservers/{webId}/securityentries/{name}|securityItem selectedFields; webIdType
updateSecurityEntry|PUT|assetservers/{webId}/securityentries/{name}|applyToChildren securityItem|securityEntry
getSecurityIdentities|GET|assetservers/{webId}/securityidentities|field maxCount:int query selectedFields; sortField sortOrder webIdType
getSecurityIdentitiesForUser|GET|assetservers/{webId}/securityidentities|userIdentity! selectedFields; webIdType
createSecurityIdentity|POST|assetservers/{webId}/securityidentities|webIdType|securityIdentity
getSecurityMappings|GET|assetservers/{webId}/securitymappings|field maxCount:int query selectedFields; sortField sortOrder webIdType
createSecurityMapping|POST|assetservers/{webId}/securitymappings|webIdType|securityMapping
getTimeRulePlugIns|GET|assetservers/{webId}/timeruleplugins|selectedFields; webIdType
getUnitClasses|GET|assetservers/{webId}/unitclasses|selectedFields; webIdType
createUnitClass|POST|assetservers/{webId}/unitclasses|webIdType|unitClass`,
  attributecategories: `
getByPath|GET|attributecategories|path! selectedFields; webIdType
delete|DELETE|attributecategories/{webId}
get|GET|attributecategories/{webId}|selectedFields; webIdType
update|PATCH|attributecategories/{webId}||category
getSecurity|GET|attributecategories/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|attributecategories/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|attributecategories/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|attributecategories/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|attributecategories/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|attributecategories/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  attributes: `
getByPath|GET|attributes|path! associations; selectedFields; webIdType
getMultiple|GET|attributes/multiple|asParallel:bool associations; includeMode path* selectedFields; webId* webIdType
getAttributesQuery|GET|attributes/search|associations; databaseWebId maxCount:int query selectedFields; startIndex:int webIdType
delete|DELETE|attributes/{webId}
get|GET|attributes/{webId}|associations; selectedFields; webIdType
update|PATCH|attributes/{webId}||attribute
getAttributes|GET|attributes/{webId}/attributes|associations; categoryName maxCount:int nameFilter searchFullHierarchy:bool selectedFields; showExcluded:bool showHidden:bool sortField sortOrder startIndex:int templateName trait* traitCategory* valueType webIdType
createAttribute|POST|attributes/{webId}/attributes|webIdType|attribute
getCategories|GET|attributes/{webId}/categories|selectedFields; webIdType
createConfig|POST|attributes/{webId}/config|webIdType
getValue|GET|attributes/{webId}/value|selectedFields;
setValue|PUT|attributes/{webId}/value||value`,
  attributetemplates: `
getByPath|GET|attributetemplates|path! selectedFields; webIdType
delete|DELETE|attributetemplates/{webId}
get|GET|attributetemplates/{webId}|selectedFields; webIdType
update|PATCH|attributetemplates/{webId}||template
getAttributeTemplates|GET|attributetemplates/{webId}/attributetemplates|selectedFields; webIdType
createAttributeTemplate|POST|attributetemplates/{webId}/attributetemplates|webIdType|template
getCategories|GET|attributetemplates/{webId}/categories|selectedFields; webIdType`,
  attributetraits: `
getByCategory|GET|attributetraits|category*! selectedFields;
get|GET|attributetraits/{name}|selectedFields;`,
  batch: `
execute|POST|batch||batch`,
  calculation: `
getAtIntervals|GET|calculation/intervals|expression! endTime:time sampleInterval:span selectedFields; startTime:time webId
getAtRecorded|GET|calculation/recorded|expression! endTime:time selectedFields; startTime:time webId
getSummary|GET|calculation/summary|expression! calculationBasis endTime:time sampleInterval:span sampleType selectedFields; startTime:time summaryDuration:span summaryType* timeType webId
getAtTimes|GET|calculation/times|expression! time*:time! selectedFields; sortOrder webId`,
  channels: `
instances|GET|channels/instances`,
  configuration: `
list|GET|system/configuration
delete|DELETE|system/configuration/{key}
get|GET|system/configuration/{key}
put|PUT|system/configuration/{key}||value`,
  dataservers: `
getByName|GET|dataservers|name! selectedFields; webIdType
getByPath|GET|dataservers|path! selectedFields; webIdType
list|GET|dataservers|selectedFields; webIdType
get|GET|dataservers/{webId}|selectedFields; webIdType
getEnumerationSets|GET|dataservers/{webId}/enumerationsets|selectedFields; webIdType
createEnumerationSet|POST|dataservers/{webId}/enumerationsets|webIdType|enumerationSet
getLicense|GET|dataservers/{webId}/license|module! selectedFields; webIdType
getPoints|GET|dataservers/{webId}/points|maxCount:int nameFilter sourceFilter selectedFields; startIndex:int webIdType
createPoint|POST|dataservers/{webId}/points|webIdType|point`,
  elementcategories: `
getByPath|GET|elementcategories|path! selectedFields; webIdType
delete|DELETE|elementcategories/{webId}
get|GET|elementcategories/{webId}|selectedFields; webIdType
update|PATCH|elementcategories/{webId}||elementCategory
getSecurity|GET|elementcategories/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|elementcategories/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|elementcategories/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|elementcategories/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|elementcategories/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|elementcategories/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  elements: `
getByPath|GET|elements|path! associations; selectedFields; webIdType
getMultiple|GET|elements/multiple|asParallel:bool associations; includeMode path* selectedFields; webId* webIdType
getElementsQuery|GET|elements/search|associations; databaseWebId maxCount:int query queryDate selectedFields; startIndex:int webIdType
createSearchByAttribute|POST|elements/searchbyattribute|associations; noResults webIdType|query
executeSearchByAttribute|GET|elements/searchbyattribute/{searchId}|associations; categoryName descriptionFilter maxCount:int nameFilter searchFullHierarchy:bool selectedFields; sortField sortOrder startIndex:int webIdType
delete|DELETE|elements/{webId}
get|GET|elements/{webId}|associations; selectedFields; webIdType
update|PATCH|elements/{webId}||element
getAnalyses|GET|elements/{webId}/analyses|maxCount:int selectedFields; sortField sortOrder startIndex:int webIdType
createAnalysis|POST|elements/{webId}/analyses|webIdType|analysis
getAttributes|GET|elements/{webId}/attributes|associations; categoryName maxCount:int nameFilter searchFullHierarchy:bool selectedFields; showExcluded:bool showHidden:bool sortField sortOrder startIndex:int templateName trait* traitCategory* valueType webIdType
createAttribute|POST|elements/{webId}/attributes|webIdType|attribute
getCategories|GET|elements/{webId}/categories|selectedFields; webIdType
createConfig|POST|elements/{webId}/config|includeChildElements
findElementAttributes|GET|elements/{webId}/elementattributes|associations; attributeCategory attributeDescriptionFilter attributeNameFilter attributeType elementCategory elementDescriptionFilter elementNameFilter elementTemplate elementType maxCount:int searchFullHierarchy:bool selectedFields; sortField sortOrder startIndex:int webIdType
getElements|GET|elements/{webId}/elements|associations; categoryName descriptionFilter elementType maxCount:int nameFilter searchFullHierarchy:bool selectedFields; sortField sortOrder startIndex:int templateName webIdType
createElement|POST|elements/{webId}/elements|webIdType|element
getEventFrames|GET|elements/{webId}/eventframes|canBeAcknowledged:bool categoryName endTime:time isAcknowledged:bool maxCount:int nameFilter searchMode selectedFields; severity* sortField sortOrder startIndex:int startTime:time templateName webIdType
getNotificationRules|GET|elements/{webId}/notificationrules|selectedFields; webIdType
createNotificationRule|POST|elements/{webId}/notificationrules|webIdType|notificationRule
getPaths|GET|elements/{webId}/paths|relativePath
removeReferencedElement|DELETE|elements/{webId}/referencedelements|referencedElementWebId*!
getReferencedElements|GET|elements/{webId}/referencedelements|associations; categoryName descriptionFilter elementType maxCount:int nameFilter selectedFields; sortField sortOrder startIndex:int templateName webIdType
addReferencedElement|POST|elements/{webId}/referencedelements|referencedElementWebId*! referenceType
getSecurity|GET|elements/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|elements/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|elements/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|elements/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|elements/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|elements/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  elementtemplates: `
getByPath|GET|elementtemplates|path! selectedFields; webIdType
delete|DELETE|elementtemplates/{webId}
get|GET|elementtemplates/{webId}|selectedFields; webIdType
update|PATCH|elementtemplates/{webId}||template
getAnalysisTemplates|GET|elementtemplates/{webId}/analysistemplates|selectedFields; webIdType
getAttributeTemplates|GET|elementtemplates/{webId}/attributetemplates|depthFirstTraverse maxCount:int selectedFields; showDescendants:bool showInherited startIndex:int webIdType
createAttributeTemplate|POST|elementtemplates/{webId}/attributetemplates|webIdType|template
getBaseElementTemplates|GET|elementtemplates/{webId}/baseelementtemplates|maxCount:int selectedFields; webIdType
getCategories|GET|elementtemplates/{webId}/categories|selectedFields; showInherited webIdType
getDerivedElementTemplates|GET|elementtemplates/{webId}/derivedelementtemplates|maxCount:int selectedFields; showDescendants:bool webIdType
getNotificationRuleTemplates|GET|elementtemplates/{webId}/notificationruletemplates|selectedFields; webIdType
createNotificationRuleTemplate|POST|elementtemplates/{webId}/notificationruletemplates|webIdType|notificationRuleTemplate
getSecurity|GET|elementtemplates/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|elementtemplates/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|elementtemplates/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|elementtemplates/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|elementtemplates/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|elementtemplates/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  enumerationsets: `
getByPath|GET|enumerationsets|path! selectedFields; webIdType
delete|DELETE|enumerationsets/{webId}
get|GET|enumerationsets/{webId}|selectedFields; webIdType
update|PATCH|enumerationsets/{webId}||enumerationSet
getValues|GET|enumerationsets/{webId}/enumerationvalues|selectedFields; webIdType
createValue|POST|enumerationsets/{webId}/enumerationvalues|webIdType|enumerationValue
getSecurity|GET|enumerationsets/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|enumerationsets/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|enumerationsets/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|enumerationsets/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|enumerationsets/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|enumerationsets/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  enumerationvalues: `
getByPath|GET|enumerationvalues|path! selectedFields; webIdType
delete|DELETE|enumerationvalues/{webId}
get|GET|enumerationvalues/{webId}|selectedFields; webIdType
update|PATCH|enumerationvalues/{webId}||enumerationValue`,
  eventframes: `
getByPath|GET|eventframes|path! selectedFields; webIdType
getMultiple|GET|eventframes/multiple|asParallel:bool includeMode path* selectedFields; webId* webIdType associations;
getEventFramesQuery|GET|eventframes/search|databaseWebId maxCount:int query selectedFields; startIndex:int webIdType
createSearchByAttribute|POST|eventframes/searchbyattribute|noResults selectedFields; webIdType|query
executeSearchByAttribute|GET|eventframes/searchbyattribute/{searchId}|canBeAcknowledged:bool endTime:time isAcknowledged:bool maxCount:int nameFilter referencedElementNameFilter searchFullHierarchy:bool searchMode selectedFields; severity* sortField sortOrder startIndex:int startTime:time webIdType
delete|DELETE|eventframes/{webId}
get|GET|eventframes/{webId}|selectedFields; webIdType
update|PATCH|eventframes/{webId}||eventFrame
acknowledge|PATCH|eventframes/{webId}/acknowledge
getAnnotations|GET|eventframes/{webId}/annotations|selectedFields; webIdType
createAnnotation|POST|eventframes/{webId}/annotations|webIdType|annotation
deleteAnnotation|DELETE|eventframes/{webId}/annotations/{id}
getAnnotationById|GET|eventframes/{webId}/annotations/{id}|selectedFields; webIdType
updateAnnotation|PATCH|eventframes/{webId}/annotations/{id}||annotation
deleteAnnotationAttachmentMediaById|DELETE|eventframes/{webId}/annotations/{id}/attachment/media
getAnnotationAttachmentMediaById|GET|eventframes/{webId}/annotations/{id}/attachment/media|selectedFields; webIdType disposition
createAnnotationAttachmentMediaById|POST|eventframes/{webId}/annotations/{id}/attachment/media|webIdType|multipart
getAnnotationAttachmentMediaDataById|GET|eventframes/{webId}/annotations/{id}/attachment/media/mediadata|disposition||binary
getAnnotationAttachmentMediaMetadataById|GET|eventframes/{webId}/annotations/{id}/attachment/media/metadata|selectedFields; webIdType
getAttributes|GET|eventframes/{webId}/attributes|associations; categoryName maxCount:int nameFilter searchFullHierarchy:bool selectedFields; showExcluded:bool showHidden:bool sortField sortOrder startIndex:int templateName trait* traitCategory* valueType webIdType
createAttribute|POST|eventframes/{webId}/attributes|webIdType|attribute
captureValues|POST|eventframes/{webId}/attributes/capture
getCategories|GET|eventframes/{webId}/categories|selectedFields; webIdType
createConfig|POST|eventframes/{webId}/config|includeChildElements
findEventFrameAttributes|GET|eventframes/{webId}/eventframeattributes|associations; attributeCategory attributeDescriptionFilter attributeNameFilter attributeType endTime:time eventFrameCategory eventFrameDescriptionFilter eventFrameNameFilter eventFrameTemplate maxCount:int referencedElementNameFilter searchFullHierarchy:bool searchMode selectedFields; sortField sortOrder startIndex:int startTime:time webIdType
getEventFrames|GET|eventframes/{webId}/eventframes|canBeAcknowledged:bool categoryName endTime:time isAcknowledged:bool maxCount:int nameFilter referencedElementNameFilter referencedElementTemplateName searchFullHierarchy:bool searchMode selectedFields; severity* sortField sortOrder startIndex:int startTime:time templateName webIdType
createEventFrame|POST|eventframes/{webId}/eventframes|webIdType|eventFrame
getReferencedElements|GET|eventframes/{webId}/referencedelements|associations; selectedFields; webIdType
getSecurity|GET|eventframes/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|eventframes/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|eventframes/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|eventframes/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|eventframes/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|eventframes/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  home: `
get|GET`,
  metrics: `
landing|GET|system/metrics
environment|GET|system/metrics/environment
requests|GET|system/metrics/requests`,
  notificationcontacttemplates: `
getByPath|GET|notificationcontacttemplates|path! selectedFields; webIdType
getNotificationContactTemplatesQuery|GET|notificationcontacttemplates/search|assetServerWebId maxCount:int query selectedFields; startIndex:int webIdType
delete|DELETE|notificationcontacttemplates/{webId}
get|GET|notificationcontacttemplates/{webId}|selectedFields; webIdType
update|PATCH|notificationcontacttemplates/{webId}||notificationContactTemplate
getNotificationContactTemplates|GET|notificationcontacttemplates/{webId}/notificationcontacttemplates|selectedFields; webIdType
getSecurity|GET|notificationcontacttemplates/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|notificationcontacttemplates/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|notificationcontacttemplates/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|notificationcontacttemplates/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|notificationcontacttemplates/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|notificationcontacttemplates/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  notificationplugins: `
getByPath|GET|notificationplugins|path! selectedFields; webIdType
get|GET|notificationplugins/{webId}|selectedFields; webIdType`,
  notificationrules: `
getByPath|GET|notificationrules|path! selectedFields; webIdType
getNotificationRulesQuery|GET|notificationrules/search|databaseWebId maxCount:int query selectedFields; startIndex:int webIdType
delete|DELETE|notificationrules/{webId}
get|GET|notificationrules/{webId}|selectedFields; webIdType
update|PATCH|notificationrules/{webId}||notificationRule
getNotificationRuleSubscribers|GET|notificationrules/{webId}/notificationrulesubscribers|selectedFields; webIdType
createNotificationRuleSubscriber|POST|notificationrules/{webId}/notificationrulesubscribers|webIdType|notificationRuleSubscriber
getSecurity|GET|notificationrules/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|notificationrules/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|notificationrules/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|notificationrules/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|notificationrules/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|notificationrules/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  notificationrulesubscribers: `
getByPath|GET|notificationrulesubscribers|path! selectedFields; webIdType
delete|DELETE|notificationrulesubscribers/{webId}
get|GET|notificationrulesubscribers/{webId}|selectedFields; webIdType
update|PATCH|notificationrulesubscribers/{webId}||notificationRuleSubscriber
getNotificationRuleSubscribers|GET|notificationrulesubscribers/{webId}/notificationrulesubscribers|selectedFields; webIdType`,
  notificationruletemplates: `
getByPath|GET|notificationruletemplates|path! selectedFields; webIdType
getNotificationRuleTemplatesQuery|GET|notificationruletemplates/search|databaseWebId maxCount:int query selectedFields; startIndex:int webIdType
delete|DELETE|notificationruletemplates/{webId}
get|GET|notificationruletemplates/{webId}|selectedFields; webIdType
update|PATCH|notificationruletemplates/{webId}||notificationRuleTemplate
getNotificationRuleTemplateSubscribers|GET|notificationruletemplates/{webId}/notificationrulesubscribers|selectedFields; webIdType
createNotificationRuleTemplateSubscriber|POST|notificationruletemplates/{webId}/notificationrulesubscribers|webIdType|notificationRuleSubscriber
getSecurity|GET|notificationruletemplates/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|notificationruletemplates/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|notificationruletemplates/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|notificationruletemplates/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|notificationruletemplates/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|notificationruletemplates/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  omf: `
postAsync|POST|omf||omf`,
  points: `
getByPath|GET|points|path! selectedFields; webIdType
getMultiple|GET|points/multiple|asParallel:bool includeMode path* selectedFields; webId* webIdType
getPointsBySearch|GET|points/search|dataServerWebId query startIndex:int maxCount:int selectedFields; webIdType searchNameAndDescriptor:bool
delete|DELETE|points/{webId}
get|GET|points/{webId}|selectedFields; webIdType
update|PATCH|points/{webId}||point
getAttributes|GET|points/{webId}/attributes|name* nameFilter selectedFields; webIdType
getAttributeByName|GET|points/{webId}/attributes/{name}|selectedFields; webIdType`,
  securityidentities: `
getByPath|GET|securityidentities|path! selectedFields; webIdType
delete|DELETE|securityidentities/{webId}
get|GET|securityidentities/{webId}|selectedFields; webIdType
update|PATCH|securityidentities/{webId}||securityIdentity
getSecurity|GET|securityidentities/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|securityidentities/{webId}/securityentries|nameFilter selectedFields; webIdType
getSecurityEntryByName|GET|securityidentities/{webId}/securityentries/{name}|selectedFields; webIdType
getSecurityMappings|GET|securityidentities/{webId}/securitymappings|selectedFields; webIdType`,
  securitymappings: `
getByPath|GET|securitymappings|path! selectedFields; webIdType
delete|DELETE|securitymappings/{webId}
get|GET|securitymappings/{webId}|selectedFields; webIdType
update|PATCH|securitymappings/{webId}||securityMapping
getSecurity|GET|securitymappings/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|securitymappings/{webId}/securityentries|nameFilter selectedFields; webIdType
getSecurityEntryByName|GET|securitymappings/{webId}/securityentries/{name}|selectedFields; webIdType`,
  streams: `
retrieveStreamUpdate|GET|streams/updates/{marker}|desiredUnits selectedFields; webIdType
getChannel|GET|streams/{webId}/channel|heartbeatRate:int includeInitialValues:bool webIdType
getEnd|GET|streams/{webId}/end|desiredUnits selectedFields;
getInterpolated|GET|streams/{webId}/interpolated|desiredUnits endTime:time filterExpression includeFilteredValues:bool interval:span selectedFields; startTime:time syncTime:time syncTimeBoundaryType timeZone
getInterpolatedAtTimes|GET|streams/{webId}/interpolatedattimes|time*:time! desiredUnits filterExpression includeFilteredValues:bool selectedFields; sortOrder timeZone
getPlot|GET|streams/{webId}/plot|desiredUnits endTime:time intervals:int selectedFields; startTime:time timeZone
getRecorded|GET|streams/{webId}/recorded|associations; boundaryType desiredUnits endTime:time filterExpression includeFilteredValues:bool maxCount:int selectedFields; startTime:time timeZone
updateValues|POST|streams/{webId}/recorded|bufferOption updateOption|values
getRecordedAtTime|GET|streams/{webId}/recordedattime|time:time! associations; desiredUnits retrievalMode selectedFields; timeZone
getRecordedAtTimes|GET|streams/{webId}/recordedattimes|time*:time! associations; desiredUnits retrievalMode selectedFields; sortOrder timeZone
getSummary|GET|streams/{webId}/summary|calculationBasis endTime:time filterExpression sampleInterval:span sampleType selectedFields; startTime:time summaryDuration:span summaryType* timeType timeZone
registerStreamUpdate|POST|streams/{webId}/updates|selectedFields; webIdType
getValue|GET|streams/{webId}/value|desiredUnits selectedFields; time:time timeZone
updateValue|POST|streams/{webId}/value|bufferOption updateOption webIdType|value`,
  streamsets: `
getChannelAdHoc|GET|streamsets/channel|webId*! heartbeatRate:int includeInitialValues:bool webIdType
getEndAdHoc|GET|streamsets/end|webId*! selectedFields; sortField sortOrder webIdType
getInterpolatedAdHoc|GET|streamsets/interpolated|webId*! endTime:time filterExpression includeFilteredValues:bool interval:span selectedFields; sortField sortOrder startTime:time syncTime:time syncTimeBoundaryType timeZone webIdType
getInterpolatedAtTimesAdHoc|GET|streamsets/interpolatedattimes|time*:time! webId*! filterExpression includeFilteredValues:bool selectedFields; sortOrder timeZone webIdType
getJoined|GET|streamsets/joined|baseWebId! subordinateWebId*! boundaryType endTime:time filterExpression includeFilteredValues:bool maxCount:int selectedFields; startTime:time timeZone webIdType
getPlotAdHoc|GET|streamsets/plot|webId*! endTime:time intervals:int selectedFields; sortField sortOrder startTime:time timeZone webIdType
getRecordedAdHoc|GET|streamsets/recorded|webId*! boundaryType endTime:time filterExpression includeFilteredValues:bool maxCount:int selectedFields; sortField sortOrder startTime:time timeZone webIdType
updateValuesAdHoc|POST|streamsets/recorded|bufferOption updateOption|values
getRecordedAtTimeAdHoc|GET|streamsets/recordedattime|time:time! webId*! retrievalMode selectedFields; timeZone webIdType
getRecordedAtTimesAdHoc|GET|streamsets/recordedattimes|time*:time! webId*! retrievalMode selectedFields; sortOrder timeZone webIdType
getSummariesAdHoc|GET|streamsets/summary|webId*! calculationBasis endTime:time filterExpression sampleInterval:span sampleType selectedFields; startTime:time summaryDuration:span summaryType* timeType timeZone webIdType
retrieveStreamSetUpdates|GET|streamsets/updates|marker*! selectedFields; webIdType
registerStreamSetUpdates|POST|streamsets/updates|webId*! selectedFields; webIdType
getValuesAdHoc|GET|streamsets/value|webId*! selectedFields; sortField sortOrder time:time timeZone webIdType
updateValueAdHoc|POST|streamsets/value|bufferOption updateOption|values
getChannel|GET|streamsets/{webId}/channel|categoryName heartbeatRate:int includeInitialValues:bool nameFilter searchFullHierarchy:bool showExcluded:bool showHidden:bool templateName webIdType
getEnd|GET|streamsets/{webId}/end|categoryName nameFilter searchFullHierarchy:bool selectedFields; showExcluded:bool showHidden:bool sortField sortOrder templateName webIdType
getInterpolated|GET|streamsets/{webId}/interpolated|categoryName endTime:time filterExpression includeFilteredValues:bool interval:span nameFilter searchFullHierarchy:bool selectedFields; showExcluded:bool showHidden:bool sortField sortOrder startTime:time syncTime:time syncTimeBoundaryType templateName timeZone webIdType
getInterpolatedAtTimes|GET|streamsets/{webId}/interpolatedattimes|time*:time! categoryName filterExpression includeFilteredValues:bool nameFilter searchFullHierarchy:bool selectedFields; showExcluded:bool showHidden:bool sortOrder templateName timeZone webIdType
getPlot|GET|streamsets/{webId}/plot|categoryName endTime:time intervals:int nameFilter searchFullHierarchy:bool selectedFields; showExcluded:bool showHidden:bool sortField sortOrder startTime:time templateName timeZone webIdType
getRecorded|GET|streamsets/{webId}/recorded|boundaryType categoryName endTime:time filterExpression includeFilteredValues:bool maxCount:int nameFilter searchFullHierarchy:bool selectedFields; showExcluded:bool showHidden:bool sortField sortOrder startTime:time templateName timeZone webIdType
updateValues|POST|streamsets/{webId}/recorded|bufferOption updateOption|values
getRecordedAtTime|GET|streamsets/{webId}/recordedattime|time:time! categoryName nameFilter retrievalMode searchFullHierarchy:bool selectedFields; showExcluded:bool showHidden:bool templateName timeZone webIdType
getRecordedAtTimes|GET|streamsets/{webId}/recordedattimes|time*:time! categoryName nameFilter retrievalMode searchFullHierarchy:bool selectedFields; showExcluded:bool showHidden:bool sortOrder templateName timeZone webIdType
getSummaries|GET|streamsets/{webId}/summary|calculationBasis categoryName endTime:time filterExpression nameFilter sampleInterval:span sampleType searchFullHierarchy:bool selectedFields; showExcluded:bool showHidden:bool startTime:time summaryDuration:span summaryType* templateName timeType timeZone webIdType
getValues|GET|streamsets/{webId}/value|categoryName nameFilter searchFullHierarchy:bool selectedFields; showExcluded:bool showHidden:bool sortField sortOrder templateName time:time timeZone webIdType
updateValue|POST|streamsets/{webId}/value|bufferOption updateOption|values`,
  system: `
landing|GET|system
activeConfiguration|GET|system/activeconfiguration
removeCacheInstance|DELETE|system/cacheinstance
cacheInstances|GET|system/cacheinstances
instanceConfiguration|GET|system/instanceconfiguration
status|GET|system/status
userInfo|GET|system/userinfo
versions|GET|system/versions`,
  tablecategories: `
getByPath|GET|tablecategories|path! selectedFields; webIdType
delete|DELETE|tablecategories/{webId}
get|GET|tablecategories/{webId}|selectedFields; webIdType
update|PATCH|tablecategories/{webId}||tableCategory
getSecurity|GET|tablecategories/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|tablecategories/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|tablecategories/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|tablecategories/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|tablecategories/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|tablecategories/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  tables: `
getByPath|GET|tables|path! selectedFields; webIdType
delete|DELETE|tables/{webId}
get|GET|tables/{webId}|selectedFields; webIdType
update|PATCH|tables/{webId}||table
getCategories|GET|tables/{webId}/categories|selectedFields; webIdType
getData|GET|tables/{webId}/data|selectedFields;
updateData|PUT|tables/{webId}/data||data
getSecurity|GET|tables/{webId}/security|userIdentity*! forceRefresh:bool selectedFields; webIdType
getSecurityEntries|GET|tables/{webId}/securityentries|nameFilter selectedFields; webIdType
createSecurityEntry|POST|tables/{webId}/securityentries|applyToChildren webIdType|securityEntry
deleteSecurityEntry|DELETE|tables/{webId}/securityentries/{name}|applyToChildren
getSecurityEntryByName|GET|tables/{webId}/securityentries/{name}|selectedFields; webIdType
updateSecurityEntry|PUT|tables/{webId}/securityentries/{name}|applyToChildren|securityEntry`,
  timeruleplugins: `
getByPath|GET|timeruleplugins|path! selectedFields; webIdType
get|GET|timeruleplugins/{webId}|selectedFields; webIdType`,
  timerules: `
getByPath|GET|timerules|path! selectedFields; webIdType
delete|DELETE|timerules/{webId}
get|GET|timerules/{webId}|selectedFields; webIdType
update|PATCH|timerules/{webId}||timeRule`,
  unitclasses: `
getByPath|GET|unitclasses|path! selectedFields; webIdType
delete|DELETE|unitclasses/{webId}
get|GET|unitclasses/{webId}|selectedFields; webIdType
update|PATCH|unitclasses/{webId}||unitClassDTO
getCanonicalUnit|GET|unitclasses/{webId}/canonicalunit|selectedFields; webIdType
getUnits|GET|unitclasses/{webId}/units|selectedFields; webIdType
createUnit|POST|unitclasses/{webId}/units|webIdType|unitDTO`,
  units: `
getByPath|GET|units|path! selectedFields; webIdType
delete|DELETE|units/{webId}
get|GET|units/{webId}|selectedFields; webIdType
update|PATCH|units/{webId}||unitDTO`,
} as const
