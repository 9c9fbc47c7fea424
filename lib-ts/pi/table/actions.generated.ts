// Written by scripts/pi/generate.mjs from its tables; edit those.

import type { Bool, Created, Draft, Int, Items, List, Many, Multipart, Row, Text, Time } from './row.js'
import type {
  PiAnalysis,
  PiAnalysisCategory,
  PiAnalysisRule,
  PiAnalysisRulePlugIn,
  PiAnalysisTemplate,
  PiAnnotation,
  PiAssetDatabase,
  PiAssetServer,
  PiAttribute,
  PiAttributeCategory,
  PiAttributeTemplate,
  PiAttributeTrait,
  PiCacheInstance,
  PiChannelInstance,
  PiDataServer,
  PiDataServerLicense,
  PiElement,
  PiElementCategory,
  PiElementTemplate,
  PiEnumerationSet,
  PiEnumerationValue,
  PiEventFrame,
  PiExtendedTimedValue,
  PiExtendedTimedValues,
  PiItemAttribute,
  PiItemElement,
  PiItemEventFrame,
  PiItemPoint,
  PiLanding,
  PiMediaMetadata,
  PiNotificationContactTemplate,
  PiNotificationPlugIn,
  PiNotificationRule,
  PiNotificationRuleSubscriber,
  PiNotificationRuleTemplate,
  PiPoint,
  PiPointAttribute,
  PiRequest,
  PiResponse,
  PiSearchByAttribute,
  PiSecurityEntry,
  PiSecurityIdentity,
  PiSecurityMapping,
  PiSecurityRights,
  PiStreamSummaries,
  PiStreamUpdatesRegister,
  PiStreamUpdatesRetrieve,
  PiStreamValue,
  PiStreamValues,
  PiSubstatus,
  PiSummaryValue,
  PiSystemLanding,
  PiSystemStatus,
  PiTable,
  PiTableCategory,
  PiTableData,
  PiTimeRule,
  PiTimeRulePlugIn,
  PiTimedValue,
  PiTimedValues,
  PiUnit,
  PiUnitClass,
  PiUserInfo,
  PiVersion,
} from './shapes.generated.js'

/** What each action takes and answers. */
export interface Actions {
  readonly analyses: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiAnalysis>
    readonly getAnalysesQuery: Row<
      unknown,
      {
        databaseWebId: Text
        maxCount: Int
        query: Text
        selectedFields: List
        startIndex: Int
        webIdType: Text
      },
      Items<PiAnalysis>
    >
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiAnalysis>
    readonly update: Row<{ webId: Text; body: Draft<PiAnalysis> }, unknown, undefined>
    readonly getCategories: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiAnalysisCategory>
    >
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly analysiscategories: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiAnalysisCategory>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiAnalysisCategory>
    readonly update: Row<{ webId: Text; body: Draft<PiAnalysisCategory> }, unknown, undefined>
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly analysisruleplugins: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiAnalysisRulePlugIn>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiAnalysisRulePlugIn>
  }
  readonly analysisrules: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiAnalysisRule>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiAnalysisRule>
    readonly update: Row<{ webId: Text; body: Draft<PiAnalysisRule> }, unknown, undefined>
    readonly getAnalysisRules: Row<
      { webId: Text },
      {
        maxCount: Int
        nameFilter: Text
        searchFullHierarchy: Bool
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startIndex: Int
        webIdType: Text
      },
      Items<PiAnalysisRule>
    >
    readonly createAnalysisRule: Row<
      { webId: Text; body: Draft<PiAnalysisRule> },
      { webIdType: Text },
      Created
    >
  }
  readonly analysistemplates: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiAnalysisTemplate>
    readonly createFromAnalysis: Row<{ analysisWebId: Text }, { name: Text; webIdType: Text }, Created>
    readonly getAnalysisTemplatesQuery: Row<
      unknown,
      {
        databaseWebId: Text
        maxCount: Int
        query: Text
        selectedFields: List
        startIndex: Int
        webIdType: Text
      },
      Items<PiAnalysisTemplate>
    >
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiAnalysisTemplate>
    readonly update: Row<{ webId: Text; body: Draft<PiAnalysisTemplate> }, unknown, undefined>
    readonly getCategories: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiAnalysisCategory>
    >
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly assetdatabases: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiAssetDatabase>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiAssetDatabase>
    readonly update: Row<{ webId: Text; body: Draft<PiAssetDatabase> }, unknown, undefined>
    readonly findAnalyses: Row<
      { webId: Text; field: Many<Text> },
      {
        maxCount: Int
        query: Text
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startIndex: Int
        webIdType: Text
      },
      Items<PiAnalysis>
    >
    readonly getAnalysisCategories: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiAnalysisCategory>
    >
    readonly createAnalysisCategory: Row<
      { webId: Text; body: Draft<PiAnalysisCategory> },
      { webIdType: Text },
      Created
    >
    readonly getAnalysisTemplates: Row<
      { webId: Text; field: Many<Text> },
      { maxCount: Int; query: Text; selectedFields: List; sortField: Text; sortOrder: Text; webIdType: Text },
      Items<PiAnalysisTemplate>
    >
    readonly createAnalysisTemplate: Row<
      { webId: Text; body: Draft<PiAnalysisTemplate> },
      { webIdType: Text },
      Created
    >
    readonly getAttributeCategories: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiAttributeCategory>
    >
    readonly createAttributeCategory: Row<
      { webId: Text; body: Draft<PiAttributeCategory> },
      { webIdType: Text },
      Created
    >
    readonly findElementAttributes: Row<
      { webId: Text },
      {
        associations: List
        attributeCategory: Text
        attributeDescriptionFilter: Text
        attributeNameFilter: Text
        attributeType: Text
        elementCategory: Text
        elementDescriptionFilter: Text
        elementNameFilter: Text
        elementTemplate: Text
        elementType: Text
        maxCount: Int
        searchFullHierarchy: Bool
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startIndex: Int
        webIdType: Text
      },
      Items<PiAttribute>
    >
    readonly getElementCategories: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiElementCategory>
    >
    readonly createElementCategory: Row<
      { webId: Text; body: Draft<PiElementCategory> },
      { webIdType: Text },
      Created
    >
    readonly getElements: Row<
      { webId: Text },
      {
        associations: List
        categoryName: Text
        descriptionFilter: Text
        elementType: Text
        maxCount: Int
        nameFilter: Text
        searchFullHierarchy: Bool
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startIndex: Int
        templateName: Text
        webIdType: Text
      },
      Items<PiElement>
    >
    readonly createElement: Row<{ webId: Text; body: Draft<PiElement> }, { webIdType: Text }, Created>
    readonly getElementTemplates: Row<
      { webId: Text; field: Many<Text> },
      { maxCount: Int; query: Text; selectedFields: List; sortField: Text; sortOrder: Text; webIdType: Text },
      Items<PiElementTemplate>
    >
    readonly createElementTemplate: Row<
      { webId: Text; body: Draft<PiElementTemplate> },
      { webIdType: Text },
      Created
    >
    readonly getEnumerationSets: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiEnumerationSet>
    >
    readonly createEnumerationSet: Row<
      { webId: Text; body: Draft<PiEnumerationSet> },
      { webIdType: Text },
      Created
    >
    readonly findEventFrameAttributes: Row<
      { webId: Text },
      {
        associations: List
        attributeCategory: Text
        attributeDescriptionFilter: Text
        attributeNameFilter: Text
        attributeType: Text
        endTime: Time
        eventFrameCategory: Text
        eventFrameDescriptionFilter: Text
        eventFrameNameFilter: Text
        eventFrameTemplate: Text
        maxCount: Int
        referencedElementNameFilter: Text
        searchFullHierarchy: Bool
        searchMode: Text
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startIndex: Int
        startTime: Time
        webIdType: Text
      },
      Items<PiAttribute>
    >
    readonly getEventFrames: Row<
      { webId: Text },
      {
        canBeAcknowledged: Bool
        categoryName: Text
        endTime: Time
        isAcknowledged: Bool
        maxCount: Int
        nameFilter: Text
        referencedElementNameFilter: Text
        referencedElementTemplateName: Text
        searchFullHierarchy: Bool
        searchMode: Text
        selectedFields: List
        severity: Many<Text>
        sortField: Text
        sortOrder: Text
        startIndex: Int
        startTime: Time
        templateName: Text
        webIdType: Text
      },
      Items<PiEventFrame>
    >
    readonly createEventFrame: Row<{ webId: Text; body: Draft<PiEventFrame> }, { webIdType: Text }, Created>
    readonly export: Row<
      { webId: Text },
      { endTime: Time; exportMode: Many<Text>; startTime: Time },
      undefined
    >
    readonly import: Row<{ webId: Text }, { importMode: Many<Text> }, Created | undefined>
    readonly removeReferencedElement: Row<
      { webId: Text; referencedElementWebId: Many<Text> },
      unknown,
      undefined
    >
    readonly getReferencedElements: Row<
      { webId: Text },
      {
        associations: List
        categoryName: Text
        descriptionFilter: Text
        elementType: Text
        maxCount: Int
        nameFilter: Text
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startIndex: Int
        templateName: Text
        webIdType: Text
      },
      Items<PiElement>
    >
    readonly addReferencedElement: Row<
      { webId: Text; referencedElementWebId: Many<Text> },
      { referenceType: Text },
      Created | undefined
    >
    readonly getSecurity: Row<
      { webId: Text; securityItem: Many<Text>; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; securityItem: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; securityItem: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<
      { webId: Text; name: Text },
      { applyToChildren: Text; securityItem: Text },
      undefined
    >
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { securityItem: Text; selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; securityItem: Text },
      undefined
    >
    readonly getTableCategories: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiTableCategory>
    >
    readonly createTableCategory: Row<
      { webId: Text; body: Draft<PiTableCategory> },
      { webIdType: Text },
      Created
    >
    readonly getTables: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, Items<PiTable>>
    readonly createTable: Row<{ webId: Text; body: Draft<PiTable> }, { webIdType: Text }, Created>
  }
  readonly assetservers: {
    readonly getByName: Row<{ name: Text }, { selectedFields: List; webIdType: Text }, PiAssetServer>
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiAssetServer>
    readonly list: Row<unknown, { selectedFields: List; webIdType: Text }, Items<PiAssetServer>>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiAssetServer>
    readonly getAnalysisRulePlugIns: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiAnalysisRulePlugIn>
    >
    readonly getDatabases: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiAssetDatabase>
    >
    readonly createAssetDatabase: Row<
      { webId: Text; body: Draft<PiAssetDatabase> },
      { webIdType: Text },
      Created
    >
    readonly getNotificationContactTemplates: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiNotificationContactTemplate>
    >
    readonly createNotificationContactTemplate: Row<
      { webId: Text; body: Draft<PiNotificationContactTemplate> },
      { webIdType: Text },
      Created
    >
    readonly getNotificationPlugIns: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiNotificationPlugIn>
    >
    readonly getSecurity: Row<
      { webId: Text; securityItem: Many<Text>; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; securityItem: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; securityItem: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<
      { webId: Text; name: Text },
      { applyToChildren: Text; securityItem: Text },
      undefined
    >
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { securityItem: Text; selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; securityItem: Text },
      undefined
    >
    readonly getSecurityIdentities: Row<
      { webId: Text },
      {
        field: Text
        maxCount: Int
        query: Text
        selectedFields: List
        sortField: Text
        sortOrder: Text
        webIdType: Text
      },
      Items<PiSecurityIdentity>
    >
    readonly getSecurityIdentitiesForUser: Row<
      { webId: Text; userIdentity: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiSecurityIdentity>
    >
    readonly createSecurityIdentity: Row<
      { webId: Text; body: Draft<PiSecurityIdentity> },
      { webIdType: Text },
      Created
    >
    readonly getSecurityMappings: Row<
      { webId: Text },
      {
        field: Text
        maxCount: Int
        query: Text
        selectedFields: List
        sortField: Text
        sortOrder: Text
        webIdType: Text
      },
      Items<PiSecurityMapping>
    >
    readonly createSecurityMapping: Row<
      { webId: Text; body: Draft<PiSecurityMapping> },
      { webIdType: Text },
      Created
    >
    readonly getTimeRulePlugIns: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiTimeRulePlugIn>
    >
    readonly getUnitClasses: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiUnitClass>
    >
    readonly createUnitClass: Row<{ webId: Text; body: Draft<PiUnitClass> }, { webIdType: Text }, Created>
  }
  readonly attributecategories: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiAttributeCategory>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiAttributeCategory>
    readonly update: Row<{ webId: Text; body: Draft<PiAttributeCategory> }, unknown, undefined>
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly attributes: {
    readonly getByPath: Row<
      { path: Text },
      { associations: List; selectedFields: List; webIdType: Text },
      PiAttribute
    >
    readonly getMultiple: Row<
      unknown,
      {
        asParallel: Bool
        associations: List
        includeMode: Text
        path: Many<Text>
        selectedFields: List
        webId: Many<Text>
        webIdType: Text
      },
      Items<PiItemAttribute>
    >
    readonly getAttributesQuery: Row<
      unknown,
      {
        associations: List
        databaseWebId: Text
        maxCount: Int
        query: Text
        selectedFields: List
        startIndex: Int
        webIdType: Text
      },
      Items<PiAttribute>
    >
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<
      { webId: Text },
      { associations: List; selectedFields: List; webIdType: Text },
      PiAttribute
    >
    readonly update: Row<{ webId: Text; body: Draft<PiAttribute> }, unknown, undefined>
    readonly getAttributes: Row<
      { webId: Text },
      {
        associations: List
        categoryName: Text
        maxCount: Int
        nameFilter: Text
        searchFullHierarchy: Bool
        selectedFields: List
        showExcluded: Bool
        showHidden: Bool
        sortField: Text
        sortOrder: Text
        startIndex: Int
        templateName: Text
        trait: Many<Text>
        traitCategory: Many<Text>
        valueType: Text
        webIdType: Text
      },
      Items<PiAttribute>
    >
    readonly createAttribute: Row<{ webId: Text; body: Draft<PiAttribute> }, { webIdType: Text }, Created>
    readonly getCategories: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiAttributeCategory>
    >
    readonly createConfig: Row<{ webId: Text }, { webIdType: Text }, Created>
    readonly getValue: Row<{ webId: Text }, { selectedFields: List }, PiTimedValue>
    readonly setValue: Row<{ webId: Text; body: Draft<PiAttribute> }, unknown, undefined>
  }
  readonly attributetemplates: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiAttributeTemplate>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiAttributeTemplate>
    readonly update: Row<{ webId: Text; body: Draft<PiAttributeTemplate> }, unknown, undefined>
    readonly getAttributeTemplates: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiAttributeTemplate>
    >
    readonly createAttributeTemplate: Row<
      { webId: Text; body: Draft<PiAttributeTemplate> },
      { webIdType: Text },
      Created
    >
    readonly getCategories: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiAttributeCategory>
    >
  }
  readonly attributetraits: {
    readonly getByCategory: Row<{ category: Many<Text> }, { selectedFields: List }, Items<PiAttributeTrait>>
    readonly get: Row<{ name: Text }, { selectedFields: List }, PiAttributeTrait>
  }
  readonly batch: {
    readonly execute: Row<
      { body: Readonly<Record<string, Draft<PiRequest>>> },
      unknown,
      Readonly<Record<string, PiResponse>>
    >
  }
  readonly calculation: {
    readonly getAtIntervals: Row<
      { expression: Text },
      { endTime: Time; sampleInterval: Text; selectedFields: List; startTime: Time; webId: Text },
      PiTimedValues
    >
    readonly getAtRecorded: Row<
      { expression: Text },
      { endTime: Time; selectedFields: List; startTime: Time; webId: Text },
      PiTimedValues
    >
    readonly getSummary: Row<
      { expression: Text },
      {
        calculationBasis: Text
        endTime: Time
        sampleInterval: Text
        sampleType: Text
        selectedFields: List
        startTime: Time
        summaryDuration: Text
        summaryType: Many<Text>
        timeType: Text
        webId: Text
      },
      Items<PiSummaryValue>
    >
    readonly getAtTimes: Row<
      { expression: Text; time: Many<Time> },
      { selectedFields: List; sortOrder: Text; webId: Text },
      PiTimedValues
    >
  }
  readonly channels: { readonly instances: Row<unknown, unknown, Items<PiChannelInstance>> }
  readonly configuration: {
    readonly list: Row<unknown, unknown, Readonly<Record<string, unknown>>>
    readonly delete: Row<{ key: Text }, unknown, undefined>
    readonly get: Row<{ key: Text }, unknown, unknown>
    readonly put: Row<{ key: Text; body: unknown }, unknown, undefined>
  }
  readonly dataservers: {
    readonly getByName: Row<{ name: Text }, { selectedFields: List; webIdType: Text }, PiDataServer>
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiDataServer>
    readonly list: Row<unknown, { selectedFields: List; webIdType: Text }, Items<PiDataServer>>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiDataServer>
    readonly getEnumerationSets: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiEnumerationSet>
    >
    readonly createEnumerationSet: Row<
      { webId: Text; body: Draft<PiEnumerationSet> },
      { webIdType: Text },
      Created
    >
    readonly getLicense: Row<
      { webId: Text; module: Text },
      { selectedFields: List; webIdType: Text },
      PiDataServerLicense
    >
    readonly getPoints: Row<
      { webId: Text },
      {
        maxCount: Int
        nameFilter: Text
        sourceFilter: Text
        selectedFields: List
        startIndex: Int
        webIdType: Text
      },
      Items<PiPoint>
    >
    readonly createPoint: Row<{ webId: Text; body: Draft<PiPoint> }, { webIdType: Text }, Created>
  }
  readonly elementcategories: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiElementCategory>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiElementCategory>
    readonly update: Row<{ webId: Text; body: Draft<PiElementCategory> }, unknown, undefined>
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly elements: {
    readonly getByPath: Row<
      { path: Text },
      { associations: List; selectedFields: List; webIdType: Text },
      PiElement
    >
    readonly getMultiple: Row<
      unknown,
      {
        asParallel: Bool
        associations: List
        includeMode: Text
        path: Many<Text>
        selectedFields: List
        webId: Many<Text>
        webIdType: Text
      },
      Items<PiItemElement>
    >
    readonly getElementsQuery: Row<
      unknown,
      {
        associations: List
        databaseWebId: Text
        maxCount: Int
        query: Text
        queryDate: Text
        selectedFields: List
        startIndex: Int
        webIdType: Text
      },
      Items<PiElement>
    >
    readonly createSearchByAttribute: Row<
      { body: Draft<PiSearchByAttribute> },
      { associations: List; noResults: Text; webIdType: Text },
      Items<PiElement>
    >
    readonly executeSearchByAttribute: Row<
      { searchId: Text },
      {
        associations: List
        categoryName: Text
        descriptionFilter: Text
        maxCount: Int
        nameFilter: Text
        searchFullHierarchy: Bool
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startIndex: Int
        webIdType: Text
      },
      Items<PiElement>
    >
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<
      { webId: Text },
      { associations: List; selectedFields: List; webIdType: Text },
      PiElement
    >
    readonly update: Row<{ webId: Text; body: Draft<PiElement> }, unknown, undefined>
    readonly getAnalyses: Row<
      { webId: Text },
      {
        maxCount: Int
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startIndex: Int
        webIdType: Text
      },
      Items<PiAnalysis>
    >
    readonly createAnalysis: Row<{ webId: Text; body: Draft<PiAnalysis> }, { webIdType: Text }, Created>
    readonly getAttributes: Row<
      { webId: Text },
      {
        associations: List
        categoryName: Text
        maxCount: Int
        nameFilter: Text
        searchFullHierarchy: Bool
        selectedFields: List
        showExcluded: Bool
        showHidden: Bool
        sortField: Text
        sortOrder: Text
        startIndex: Int
        templateName: Text
        trait: Many<Text>
        traitCategory: Many<Text>
        valueType: Text
        webIdType: Text
      },
      Items<PiAttribute>
    >
    readonly createAttribute: Row<{ webId: Text; body: Draft<PiAttribute> }, { webIdType: Text }, Created>
    readonly getCategories: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiElementCategory>
    >
    readonly createConfig: Row<{ webId: Text }, { includeChildElements: Text }, Created>
    readonly findElementAttributes: Row<
      { webId: Text },
      {
        associations: List
        attributeCategory: Text
        attributeDescriptionFilter: Text
        attributeNameFilter: Text
        attributeType: Text
        elementCategory: Text
        elementDescriptionFilter: Text
        elementNameFilter: Text
        elementTemplate: Text
        elementType: Text
        maxCount: Int
        searchFullHierarchy: Bool
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startIndex: Int
        webIdType: Text
      },
      Items<PiAttribute>
    >
    readonly getElements: Row<
      { webId: Text },
      {
        associations: List
        categoryName: Text
        descriptionFilter: Text
        elementType: Text
        maxCount: Int
        nameFilter: Text
        searchFullHierarchy: Bool
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startIndex: Int
        templateName: Text
        webIdType: Text
      },
      Items<PiElement>
    >
    readonly createElement: Row<{ webId: Text; body: Draft<PiElement> }, { webIdType: Text }, Created>
    readonly getEventFrames: Row<
      { webId: Text },
      {
        canBeAcknowledged: Bool
        categoryName: Text
        endTime: Time
        isAcknowledged: Bool
        maxCount: Int
        nameFilter: Text
        searchMode: Text
        selectedFields: List
        severity: Many<Text>
        sortField: Text
        sortOrder: Text
        startIndex: Int
        startTime: Time
        templateName: Text
        webIdType: Text
      },
      Items<PiEventFrame>
    >
    readonly getNotificationRules: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiNotificationRule>
    >
    readonly createNotificationRule: Row<
      { webId: Text; body: Draft<PiNotificationRule> },
      { webIdType: Text },
      Created
    >
    readonly getPaths: Row<{ webId: Text }, { relativePath: Text }, Items<string>>
    readonly removeReferencedElement: Row<
      { webId: Text; referencedElementWebId: Many<Text> },
      unknown,
      undefined
    >
    readonly getReferencedElements: Row<
      { webId: Text },
      {
        associations: List
        categoryName: Text
        descriptionFilter: Text
        elementType: Text
        maxCount: Int
        nameFilter: Text
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startIndex: Int
        templateName: Text
        webIdType: Text
      },
      Items<PiElement>
    >
    readonly addReferencedElement: Row<
      { webId: Text; referencedElementWebId: Many<Text> },
      { referenceType: Text },
      Created | undefined
    >
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly elementtemplates: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiElementTemplate>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiElementTemplate>
    readonly update: Row<{ webId: Text; body: Draft<PiElementTemplate> }, unknown, undefined>
    readonly getAnalysisTemplates: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiAnalysisTemplate>
    >
    readonly getAttributeTemplates: Row<
      { webId: Text },
      {
        depthFirstTraverse: Text
        maxCount: Int
        selectedFields: List
        showDescendants: Bool
        showInherited: Text
        startIndex: Int
        webIdType: Text
      },
      Items<PiAttributeTemplate>
    >
    readonly createAttributeTemplate: Row<
      { webId: Text; body: Draft<PiAttributeTemplate> },
      { webIdType: Text },
      Created
    >
    readonly getBaseElementTemplates: Row<
      { webId: Text },
      { maxCount: Int; selectedFields: List; webIdType: Text },
      Items<PiElementTemplate>
    >
    readonly getCategories: Row<
      { webId: Text },
      { selectedFields: List; showInherited: Text; webIdType: Text },
      Items<PiElementCategory>
    >
    readonly getDerivedElementTemplates: Row<
      { webId: Text },
      { maxCount: Int; selectedFields: List; showDescendants: Bool; webIdType: Text },
      Items<PiElementTemplate>
    >
    readonly getNotificationRuleTemplates: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiNotificationRuleTemplate>
    >
    readonly createNotificationRuleTemplate: Row<
      { webId: Text; body: Draft<PiNotificationRuleTemplate> },
      { webIdType: Text },
      Created
    >
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly enumerationsets: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiEnumerationSet>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiEnumerationSet>
    readonly update: Row<{ webId: Text; body: Draft<PiEnumerationSet> }, unknown, undefined>
    readonly getValues: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiEnumerationValue>
    >
    readonly createValue: Row<{ webId: Text; body: Draft<PiEnumerationValue> }, { webIdType: Text }, Created>
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly enumerationvalues: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiEnumerationValue>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiEnumerationValue>
    readonly update: Row<{ webId: Text; body: Draft<PiEnumerationValue> }, unknown, undefined>
  }
  readonly eventframes: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiEventFrame>
    readonly getMultiple: Row<
      unknown,
      {
        asParallel: Bool
        includeMode: Text
        path: Many<Text>
        selectedFields: List
        webId: Many<Text>
        webIdType: Text
        associations: List
      },
      Items<PiItemEventFrame>
    >
    readonly getEventFramesQuery: Row<
      unknown,
      {
        databaseWebId: Text
        maxCount: Int
        query: Text
        selectedFields: List
        startIndex: Int
        webIdType: Text
      },
      Items<PiEventFrame>
    >
    readonly createSearchByAttribute: Row<
      { body: Draft<PiSearchByAttribute> },
      { noResults: Text; selectedFields: List; webIdType: Text },
      Items<PiEventFrame>
    >
    readonly executeSearchByAttribute: Row<
      { searchId: Text },
      {
        canBeAcknowledged: Bool
        endTime: Time
        isAcknowledged: Bool
        maxCount: Int
        nameFilter: Text
        referencedElementNameFilter: Text
        searchFullHierarchy: Bool
        searchMode: Text
        selectedFields: List
        severity: Many<Text>
        sortField: Text
        sortOrder: Text
        startIndex: Int
        startTime: Time
        webIdType: Text
      },
      Items<PiEventFrame>
    >
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiEventFrame>
    readonly update: Row<{ webId: Text; body: Draft<PiEventFrame> }, unknown, undefined>
    readonly acknowledge: Row<{ webId: Text }, unknown, undefined>
    readonly getAnnotations: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiAnnotation>
    >
    readonly createAnnotation: Row<{ webId: Text; body: Draft<PiAnnotation> }, { webIdType: Text }, Created>
    readonly deleteAnnotation: Row<{ webId: Text; id: Text }, unknown, undefined>
    readonly getAnnotationById: Row<
      { webId: Text; id: Text },
      { selectedFields: List; webIdType: Text },
      PiAnnotation
    >
    readonly updateAnnotation: Row<{ webId: Text; id: Text; body: Draft<PiAnnotation> }, unknown, undefined>
    readonly deleteAnnotationAttachmentMediaById: Row<{ webId: Text; id: Text }, unknown, undefined>
    readonly getAnnotationAttachmentMediaById: Row<
      { webId: Text; id: Text },
      { selectedFields: List; webIdType: Text; disposition: Text },
      PiMediaMetadata
    >
    readonly createAnnotationAttachmentMediaById: Row<
      { webId: Text; id: Text; body: Multipart },
      { webIdType: Text },
      Created
    >
    readonly getAnnotationAttachmentMediaDataById: Row<
      { webId: Text; id: Text },
      { disposition: Text },
      Uint8Array
    >
    readonly getAnnotationAttachmentMediaMetadataById: Row<
      { webId: Text; id: Text },
      { selectedFields: List; webIdType: Text },
      PiMediaMetadata
    >
    readonly getAttributes: Row<
      { webId: Text },
      {
        associations: List
        categoryName: Text
        maxCount: Int
        nameFilter: Text
        searchFullHierarchy: Bool
        selectedFields: List
        showExcluded: Bool
        showHidden: Bool
        sortField: Text
        sortOrder: Text
        startIndex: Int
        templateName: Text
        trait: Many<Text>
        traitCategory: Many<Text>
        valueType: Text
        webIdType: Text
      },
      Items<PiAttribute>
    >
    readonly createAttribute: Row<{ webId: Text; body: Draft<PiAttribute> }, { webIdType: Text }, Created>
    readonly captureValues: Row<{ webId: Text }, unknown, Created | undefined>
    readonly getCategories: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiElementCategory>
    >
    readonly createConfig: Row<{ webId: Text }, { includeChildElements: Text }, Created>
    readonly findEventFrameAttributes: Row<
      { webId: Text },
      {
        associations: List
        attributeCategory: Text
        attributeDescriptionFilter: Text
        attributeNameFilter: Text
        attributeType: Text
        endTime: Time
        eventFrameCategory: Text
        eventFrameDescriptionFilter: Text
        eventFrameNameFilter: Text
        eventFrameTemplate: Text
        maxCount: Int
        referencedElementNameFilter: Text
        searchFullHierarchy: Bool
        searchMode: Text
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startIndex: Int
        startTime: Time
        webIdType: Text
      },
      Items<PiAttribute>
    >
    readonly getEventFrames: Row<
      { webId: Text },
      {
        canBeAcknowledged: Bool
        categoryName: Text
        endTime: Time
        isAcknowledged: Bool
        maxCount: Int
        nameFilter: Text
        referencedElementNameFilter: Text
        referencedElementTemplateName: Text
        searchFullHierarchy: Bool
        searchMode: Text
        selectedFields: List
        severity: Many<Text>
        sortField: Text
        sortOrder: Text
        startIndex: Int
        startTime: Time
        templateName: Text
        webIdType: Text
      },
      Items<PiEventFrame>
    >
    readonly createEventFrame: Row<{ webId: Text; body: Draft<PiEventFrame> }, { webIdType: Text }, Created>
    readonly getReferencedElements: Row<
      { webId: Text },
      { associations: List; selectedFields: List; webIdType: Text },
      Items<PiElement>
    >
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly home: { readonly get: Row<unknown, unknown, PiLanding> }
  readonly metrics: {
    readonly landing: Row<unknown, unknown, Readonly<Record<string, unknown>>>
    readonly environment: Row<unknown, unknown, Readonly<Record<string, unknown>>>
    readonly requests: Row<unknown, unknown, Readonly<Record<string, unknown>>>
  }
  readonly notificationcontacttemplates: {
    readonly getByPath: Row<
      { path: Text },
      { selectedFields: List; webIdType: Text },
      PiNotificationContactTemplate
    >
    readonly getNotificationContactTemplatesQuery: Row<
      unknown,
      {
        assetServerWebId: Text
        maxCount: Int
        query: Text
        selectedFields: List
        startIndex: Int
        webIdType: Text
      },
      Items<PiNotificationContactTemplate>
    >
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      PiNotificationContactTemplate
    >
    readonly update: Row<{ webId: Text; body: Draft<PiNotificationContactTemplate> }, unknown, undefined>
    readonly getNotificationContactTemplates: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      PiNotificationContactTemplate
    >
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly notificationplugins: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiNotificationPlugIn>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiNotificationPlugIn>
  }
  readonly notificationrules: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiNotificationRule>
    readonly getNotificationRulesQuery: Row<
      unknown,
      {
        databaseWebId: Text
        maxCount: Int
        query: Text
        selectedFields: List
        startIndex: Int
        webIdType: Text
      },
      Items<PiNotificationRule>
    >
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiNotificationRule>
    readonly update: Row<{ webId: Text; body: Draft<PiNotificationRule> }, unknown, undefined>
    readonly getNotificationRuleSubscribers: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiNotificationRuleSubscriber>
    >
    readonly createNotificationRuleSubscriber: Row<
      { webId: Text; body: Draft<PiNotificationRuleSubscriber> },
      { webIdType: Text },
      Created
    >
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly notificationrulesubscribers: {
    readonly getByPath: Row<
      { path: Text },
      { selectedFields: List; webIdType: Text },
      PiNotificationRuleSubscriber
    >
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      PiNotificationRuleSubscriber
    >
    readonly update: Row<{ webId: Text; body: Draft<PiNotificationRuleSubscriber> }, unknown, undefined>
    readonly getNotificationRuleSubscribers: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiNotificationRuleSubscriber>
    >
  }
  readonly notificationruletemplates: {
    readonly getByPath: Row<
      { path: Text },
      { selectedFields: List; webIdType: Text },
      PiNotificationRuleTemplate
    >
    readonly getNotificationRuleTemplatesQuery: Row<
      unknown,
      {
        databaseWebId: Text
        maxCount: Int
        query: Text
        selectedFields: List
        startIndex: Int
        webIdType: Text
      },
      Items<PiNotificationRuleTemplate>
    >
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiNotificationRuleTemplate>
    readonly update: Row<{ webId: Text; body: Draft<PiNotificationRuleTemplate> }, unknown, undefined>
    readonly getNotificationRuleTemplateSubscribers: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiNotificationRuleSubscriber>
    >
    readonly createNotificationRuleTemplateSubscriber: Row<
      { webId: Text; body: Draft<PiNotificationRuleSubscriber> },
      { webIdType: Text },
      Created
    >
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly omf: {
    readonly postAsync: Row<{ body: readonly object[] }, unknown, Readonly<Record<string, unknown>>>
  }
  readonly points: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiPoint>
    readonly getMultiple: Row<
      unknown,
      {
        asParallel: Bool
        includeMode: Text
        path: Many<Text>
        selectedFields: List
        webId: Many<Text>
        webIdType: Text
      },
      Items<PiItemPoint>
    >
    readonly getPointsBySearch: Row<
      unknown,
      {
        dataServerWebId: Text
        query: Text
        startIndex: Int
        maxCount: Int
        selectedFields: List
        webIdType: Text
        searchNameAndDescriptor: Bool
      },
      Items<PiPoint>
    >
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiPoint>
    readonly update: Row<{ webId: Text; body: Draft<PiPoint> }, unknown, undefined>
    readonly getAttributes: Row<
      { webId: Text },
      { name: Many<Text>; nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiPointAttribute>
    >
    readonly getAttributeByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiPointAttribute
    >
  }
  readonly securityidentities: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiSecurityIdentity>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiSecurityIdentity>
    readonly update: Row<{ webId: Text; body: Draft<PiSecurityIdentity> }, unknown, undefined>
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly getSecurityMappings: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiSecurityMapping>
    >
  }
  readonly securitymappings: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiSecurityMapping>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiSecurityMapping>
    readonly update: Row<{ webId: Text; body: Draft<PiSecurityMapping> }, unknown, undefined>
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
  }
  readonly streams: {
    readonly retrieveStreamUpdate: Row<
      { marker: Text },
      { desiredUnits: Text; selectedFields: List; webIdType: Text },
      PiStreamUpdatesRetrieve
    >
    readonly getChannel: Row<
      { webId: Text },
      { heartbeatRate: Int; includeInitialValues: Bool; webIdType: Text },
      Items<PiStreamValues>
    >
    readonly getEnd: Row<{ webId: Text }, { desiredUnits: Text; selectedFields: List }, PiTimedValue>
    readonly getInterpolated: Row<
      { webId: Text },
      {
        desiredUnits: Text
        endTime: Time
        filterExpression: Text
        includeFilteredValues: Bool
        interval: Text
        selectedFields: List
        startTime: Time
        syncTime: Time
        syncTimeBoundaryType: Text
        timeZone: Text
      },
      PiTimedValues
    >
    readonly getInterpolatedAtTimes: Row<
      { webId: Text; time: Many<Time> },
      {
        desiredUnits: Text
        filterExpression: Text
        includeFilteredValues: Bool
        selectedFields: List
        sortOrder: Text
        timeZone: Text
      },
      PiTimedValues
    >
    readonly getPlot: Row<
      { webId: Text },
      {
        desiredUnits: Text
        endTime: Time
        intervals: Int
        selectedFields: List
        startTime: Time
        timeZone: Text
      },
      PiTimedValues
    >
    readonly getRecorded: Row<
      { webId: Text },
      {
        associations: List
        boundaryType: Text
        desiredUnits: Text
        endTime: Time
        filterExpression: Text
        includeFilteredValues: Bool
        maxCount: Int
        selectedFields: List
        startTime: Time
        timeZone: Text
      },
      PiExtendedTimedValues
    >
    readonly updateValues: Row<
      { webId: Text; body: readonly Draft<PiTimedValue>[] },
      { bufferOption: Text; updateOption: Text },
      Items<PiSubstatus>
    >
    readonly getRecordedAtTime: Row<
      { webId: Text; time: Time },
      { associations: List; desiredUnits: Text; retrievalMode: Text; selectedFields: List; timeZone: Text },
      PiExtendedTimedValue
    >
    readonly getRecordedAtTimes: Row<
      { webId: Text; time: Many<Time> },
      {
        associations: List
        desiredUnits: Text
        retrievalMode: Text
        selectedFields: List
        sortOrder: Text
        timeZone: Text
      },
      PiExtendedTimedValues
    >
    readonly getSummary: Row<
      { webId: Text },
      {
        calculationBasis: Text
        endTime: Time
        filterExpression: Text
        sampleInterval: Text
        sampleType: Text
        selectedFields: List
        startTime: Time
        summaryDuration: Text
        summaryType: Many<Text>
        timeType: Text
        timeZone: Text
      },
      Items<PiSummaryValue>
    >
    readonly registerStreamUpdate: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      PiStreamUpdatesRegister
    >
    readonly getValue: Row<
      { webId: Text },
      { desiredUnits: Text; selectedFields: List; time: Time; timeZone: Text },
      PiTimedValue
    >
    readonly updateValue: Row<
      { webId: Text; body: Draft<PiTimedValue> },
      { bufferOption: Text; updateOption: Text; webIdType: Text },
      Created | undefined
    >
  }
  readonly streamsets: {
    readonly getChannelAdHoc: Row<
      { webId: Many<Text> },
      { heartbeatRate: Int; includeInitialValues: Bool; webIdType: Text },
      Items<PiStreamValue>
    >
    readonly getEndAdHoc: Row<
      { webId: Many<Text> },
      { selectedFields: List; sortField: Text; sortOrder: Text; webIdType: Text },
      Items<PiStreamValues>
    >
    readonly getInterpolatedAdHoc: Row<
      { webId: Many<Text> },
      {
        endTime: Time
        filterExpression: Text
        includeFilteredValues: Bool
        interval: Text
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startTime: Time
        syncTime: Time
        syncTimeBoundaryType: Text
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamValues>
    >
    readonly getInterpolatedAtTimesAdHoc: Row<
      { time: Many<Time>; webId: Many<Text> },
      {
        filterExpression: Text
        includeFilteredValues: Bool
        selectedFields: List
        sortOrder: Text
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamValues>
    >
    readonly getJoined: Row<
      { baseWebId: Text; subordinateWebId: Many<Text> },
      {
        boundaryType: Text
        endTime: Time
        filterExpression: Text
        includeFilteredValues: Bool
        maxCount: Int
        selectedFields: List
        startTime: Time
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamValues>
    >
    readonly getPlotAdHoc: Row<
      { webId: Many<Text> },
      {
        endTime: Time
        intervals: Int
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startTime: Time
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamValues>
    >
    readonly getRecordedAdHoc: Row<
      { webId: Many<Text> },
      {
        boundaryType: Text
        endTime: Time
        filterExpression: Text
        includeFilteredValues: Bool
        maxCount: Int
        selectedFields: List
        sortField: Text
        sortOrder: Text
        startTime: Time
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamValues>
    >
    readonly updateValuesAdHoc: Row<
      { body: readonly Draft<PiStreamValues>[] },
      { bufferOption: Text; updateOption: Text },
      Items<Items<PiSubstatus>>
    >
    readonly getRecordedAtTimeAdHoc: Row<
      { time: Time; webId: Many<Text> },
      { retrievalMode: Text; selectedFields: List; timeZone: Text; webIdType: Text },
      Items<PiStreamValue>
    >
    readonly getRecordedAtTimesAdHoc: Row<
      { time: Many<Time>; webId: Many<Text> },
      { retrievalMode: Text; selectedFields: List; sortOrder: Text; timeZone: Text; webIdType: Text },
      Items<PiStreamValues>
    >
    readonly getSummariesAdHoc: Row<
      { webId: Many<Text> },
      {
        calculationBasis: Text
        endTime: Time
        filterExpression: Text
        sampleInterval: Text
        sampleType: Text
        selectedFields: List
        startTime: Time
        summaryDuration: Text
        summaryType: Many<Text>
        timeType: Text
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamSummaries>
    >
    readonly retrieveStreamSetUpdates: Row<
      { marker: Many<Text> },
      { selectedFields: List; webIdType: Text },
      Items<PiStreamUpdatesRetrieve>
    >
    readonly registerStreamSetUpdates: Row<
      { webId: Many<Text> },
      { selectedFields: List; webIdType: Text },
      Items<PiStreamUpdatesRegister>
    >
    readonly getValuesAdHoc: Row<
      { webId: Many<Text> },
      { selectedFields: List; sortField: Text; sortOrder: Text; time: Time; timeZone: Text; webIdType: Text },
      Items<PiStreamValue>
    >
    readonly updateValueAdHoc: Row<
      { body: readonly Draft<PiStreamValue>[] },
      { bufferOption: Text; updateOption: Text },
      Items<PiSubstatus>
    >
    readonly getChannel: Row<
      { webId: Text },
      {
        categoryName: Text
        heartbeatRate: Int
        includeInitialValues: Bool
        nameFilter: Text
        searchFullHierarchy: Bool
        showExcluded: Bool
        showHidden: Bool
        templateName: Text
        webIdType: Text
      },
      Items<PiStreamValue>
    >
    readonly getEnd: Row<
      { webId: Text },
      {
        categoryName: Text
        nameFilter: Text
        searchFullHierarchy: Bool
        selectedFields: List
        showExcluded: Bool
        showHidden: Bool
        sortField: Text
        sortOrder: Text
        templateName: Text
        webIdType: Text
      },
      Items<PiStreamValue>
    >
    readonly getInterpolated: Row<
      { webId: Text },
      {
        categoryName: Text
        endTime: Time
        filterExpression: Text
        includeFilteredValues: Bool
        interval: Text
        nameFilter: Text
        searchFullHierarchy: Bool
        selectedFields: List
        showExcluded: Bool
        showHidden: Bool
        sortField: Text
        sortOrder: Text
        startTime: Time
        syncTime: Time
        syncTimeBoundaryType: Text
        templateName: Text
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamValues>
    >
    readonly getInterpolatedAtTimes: Row<
      { webId: Text; time: Many<Time> },
      {
        categoryName: Text
        filterExpression: Text
        includeFilteredValues: Bool
        nameFilter: Text
        searchFullHierarchy: Bool
        selectedFields: List
        showExcluded: Bool
        showHidden: Bool
        sortOrder: Text
        templateName: Text
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamValues>
    >
    readonly getPlot: Row<
      { webId: Text },
      {
        categoryName: Text
        endTime: Time
        intervals: Int
        nameFilter: Text
        searchFullHierarchy: Bool
        selectedFields: List
        showExcluded: Bool
        showHidden: Bool
        sortField: Text
        sortOrder: Text
        startTime: Time
        templateName: Text
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamValues>
    >
    readonly getRecorded: Row<
      { webId: Text },
      {
        boundaryType: Text
        categoryName: Text
        endTime: Time
        filterExpression: Text
        includeFilteredValues: Bool
        maxCount: Int
        nameFilter: Text
        searchFullHierarchy: Bool
        selectedFields: List
        showExcluded: Bool
        showHidden: Bool
        sortField: Text
        sortOrder: Text
        startTime: Time
        templateName: Text
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamValues>
    >
    readonly updateValues: Row<
      { webId: Text; body: readonly Draft<PiStreamValues>[] },
      { bufferOption: Text; updateOption: Text },
      Items<Items<PiSubstatus>>
    >
    readonly getRecordedAtTime: Row<
      { webId: Text; time: Time },
      {
        categoryName: Text
        nameFilter: Text
        retrievalMode: Text
        searchFullHierarchy: Bool
        selectedFields: List
        showExcluded: Bool
        showHidden: Bool
        templateName: Text
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamValue>
    >
    readonly getRecordedAtTimes: Row<
      { webId: Text; time: Many<Time> },
      {
        categoryName: Text
        nameFilter: Text
        retrievalMode: Text
        searchFullHierarchy: Bool
        selectedFields: List
        showExcluded: Bool
        showHidden: Bool
        sortOrder: Text
        templateName: Text
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamValues>
    >
    readonly getSummaries: Row<
      { webId: Text },
      {
        calculationBasis: Text
        categoryName: Text
        endTime: Time
        filterExpression: Text
        nameFilter: Text
        sampleInterval: Text
        sampleType: Text
        searchFullHierarchy: Bool
        selectedFields: List
        showExcluded: Bool
        showHidden: Bool
        startTime: Time
        summaryDuration: Text
        summaryType: Many<Text>
        templateName: Text
        timeType: Text
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamSummaries>
    >
    readonly getValues: Row<
      { webId: Text },
      {
        categoryName: Text
        nameFilter: Text
        searchFullHierarchy: Bool
        selectedFields: List
        showExcluded: Bool
        showHidden: Bool
        sortField: Text
        sortOrder: Text
        templateName: Text
        time: Time
        timeZone: Text
        webIdType: Text
      },
      Items<PiStreamValue>
    >
    readonly updateValue: Row<
      { webId: Text; body: readonly Draft<PiStreamValue>[] },
      { bufferOption: Text; updateOption: Text },
      Items<PiSubstatus>
    >
  }
  readonly system: {
    readonly landing: Row<unknown, unknown, PiSystemLanding>
    readonly activeConfiguration: Row<unknown, unknown, undefined>
    readonly removeCacheInstance: Row<unknown, unknown, undefined>
    readonly cacheInstances: Row<unknown, unknown, Items<PiCacheInstance>>
    readonly instanceConfiguration: Row<unknown, unknown, Readonly<Record<string, unknown>>>
    readonly status: Row<unknown, unknown, PiSystemStatus>
    readonly userInfo: Row<unknown, unknown, PiUserInfo>
    readonly versions: Row<unknown, unknown, Readonly<Record<string, PiVersion>>>
  }
  readonly tablecategories: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiTableCategory>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiTableCategory>
    readonly update: Row<{ webId: Text; body: Draft<PiTableCategory> }, unknown, undefined>
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly tables: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiTable>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiTable>
    readonly update: Row<{ webId: Text; body: Draft<PiTable> }, unknown, undefined>
    readonly getCategories: Row<
      { webId: Text },
      { selectedFields: List; webIdType: Text },
      Items<PiTableCategory>
    >
    readonly getData: Row<{ webId: Text }, { selectedFields: List }, PiTableData>
    readonly updateData: Row<{ webId: Text; body: Draft<PiTableData> }, unknown, undefined>
    readonly getSecurity: Row<
      { webId: Text; userIdentity: Many<Text> },
      { forceRefresh: Bool; selectedFields: List; webIdType: Text },
      Items<PiSecurityRights>
    >
    readonly getSecurityEntries: Row<
      { webId: Text },
      { nameFilter: Text; selectedFields: List; webIdType: Text },
      Items<PiSecurityEntry>
    >
    readonly createSecurityEntry: Row<
      { webId: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text; webIdType: Text },
      Created
    >
    readonly deleteSecurityEntry: Row<{ webId: Text; name: Text }, { applyToChildren: Text }, undefined>
    readonly getSecurityEntryByName: Row<
      { webId: Text; name: Text },
      { selectedFields: List; webIdType: Text },
      PiSecurityEntry
    >
    readonly updateSecurityEntry: Row<
      { webId: Text; name: Text; body: Draft<PiSecurityEntry> },
      { applyToChildren: Text },
      undefined
    >
  }
  readonly timeruleplugins: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiTimeRulePlugIn>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiTimeRulePlugIn>
  }
  readonly timerules: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiTimeRule>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiTimeRule>
    readonly update: Row<{ webId: Text; body: Draft<PiTimeRule> }, unknown, undefined>
  }
  readonly unitclasses: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiUnitClass>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiUnitClass>
    readonly update: Row<{ webId: Text; body: Draft<PiUnitClass> }, unknown, undefined>
    readonly getCanonicalUnit: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiUnit>
    readonly getUnits: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiUnit>
    readonly createUnit: Row<{ webId: Text; body: Draft<PiUnit> }, { webIdType: Text }, Created>
  }
  readonly units: {
    readonly getByPath: Row<{ path: Text }, { selectedFields: List; webIdType: Text }, PiUnit>
    readonly delete: Row<{ webId: Text }, unknown, undefined>
    readonly get: Row<{ webId: Text }, { selectedFields: List; webIdType: Text }, PiUnit>
    readonly update: Row<{ webId: Text; body: Draft<PiUnit> }, unknown, undefined>
  }
}
