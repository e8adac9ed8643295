package coda

import (
	"maps"
	"net/http"
	"slices"
)

// Op names an operation of the Coda API by its operationId in Coda's OpenAPI document.
type Op string

// The operations of API v1 that concern documents, folders, workspaces, analytics and links.
const (
	OpWhoAmI             Op = "whoami"
	OpResolveBrowserLink Op = "resolveBrowserLink"
	OpGetMutationStatus  Op = "getMutationStatus"

	OpListDocs  Op = "listDocs"
	OpCreateDoc Op = "createDoc"
	OpGetDoc    Op = "getDoc"
	OpUpdateDoc Op = "updateDoc"
	OpDeleteDoc Op = "deleteDoc"

	OpListPages         Op = "listPages"
	OpCreatePage        Op = "createPage"
	OpGetPage           Op = "getPage"
	OpUpdatePage        Op = "updatePage"
	OpDeletePage        Op = "deletePage"
	OpListPageContent   Op = "listPageContent"
	OpDeletePageContent Op = "deletePageContent"
	OpBeginPageExport   Op = "beginPageContentExport"
	OpPageExportStatus  Op = "getPageContentExportStatus"

	OpListTables  Op = "listTables"
	OpGetTable    Op = "getTable"
	OpListColumns Op = "listColumns"
	OpGetColumn   Op = "getColumn"

	OpListRows   Op = "listRows"
	OpUpsertRows Op = "upsertRows"
	OpDeleteRows Op = "deleteRows"
	OpGetRow     Op = "getRow"
	OpUpdateRow  Op = "updateRow"
	OpDeleteRow  Op = "deleteRow"
	OpPushButton Op = "pushButton"

	OpListFormulas Op = "listFormulas"
	OpGetFormula   Op = "getFormula"
	OpListControls Op = "listControls"
	OpGetControl   Op = "getControl"

	OpGetSharingMetadata Op = "getSharingMetadata"
	OpListPermissions    Op = "getPermissions"
	OpAddPermission      Op = "addPermission"
	OpDeletePermission   Op = "deletePermission"
	OpSearchPrincipals   Op = "searchPrincipals"
	OpGetACLSettings     Op = "getAclSettings"
	OpUpdateACLSettings  Op = "updateAclSettings"

	OpListCategories Op = "listCategories"
	OpPublishDoc     Op = "publishDoc"
	OpUnpublishDoc   Op = "unpublishDoc"

	OpListFolders  Op = "listFolders"
	OpCreateFolder Op = "createFolder"
	OpGetFolder    Op = "getFolder"
	OpUpdateFolder Op = "updateFolder"
	OpDeleteFolder Op = "deleteFolder"

	OpTriggerAutomation Op = "triggerWebhookAutomation"

	OpListWorkspaceMembers      Op = "listWorkspaceMembers"
	OpChangeUserRole            Op = "changeUserRole"
	OpListWorkspaceRoleActivity Op = "listWorkspaceRoleActivity"

	OpListDocAnalytics         Op = "listDocAnalytics"
	OpListPageAnalytics        Op = "listPageAnalytics"
	OpDocAnalyticsSummary      Op = "listDocAnalyticsSummary"
	OpListPackAnalytics        Op = "listPackAnalytics"
	OpPackAnalyticsSummary     Op = "listPackAnalyticsSummary"
	OpListPackFormulaAnalytics Op = "listPackFormulaAnalytics"
	OpAnalyticsLastUpdated     Op = "getAnalyticsLastUpdated"

	OpListCustomDomains    Op = "listCustomDocDomains"
	OpAddCustomDomain      Op = "addCustomDocDomain"
	OpUpdateCustomDomain   Op = "updateCustomDocDomain"
	OpDeleteCustomDomain   Op = "deleteCustomDocDomain"
	OpCustomDomainProvider Op = "getCustomDocDomainProvider"

	OpAddGoLink Op = "addGoLink"
)

// OpDownloadExport is the fetching of an export's file, which happens outside the API and is reported like an
// operation.
const OpDownloadExport Op = "downloadExport"

// replay says whether an operation may be sent again when it is not known what became of it.
type replay bool

const (
	once   replay = false
	repeat replay = true
)

// operation is what the client has to know of an operation beside its arguments.
type operation struct {
	method string
	// path is the template below the base URL. A {docId} in it is what makes an operation document-scoped: the guard is
	// asked about whatever value lands there.
	path   string
	bucket Bucket
	replay replay
}

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete

	docPath   = "/docs/{docId}"
	pagePath  = docPath + "/pages/{pageIdOrName}"
	tablePath = docPath + "/tables/{tableIdOrName}"
	rowPath   = tablePath + "/rows/{rowIdOrName}"
	aclPath   = docPath + "/acl"
)

// operations is the whole surface. Deletes count as writes of the kind that they undo, because no published budget
// names them, and buttons and automations as content, which is what they change. beginPageContentExport changes
// nothing, so that repeating it is as harmless as a read; live measurement puts it outside the content budget.
var operations = map[Op]operation{
	OpWhoAmI:             {get, "/whoami", BucketRead, repeat},
	OpResolveBrowserLink: {get, "/resolveBrowserLink", BucketRead, repeat},
	OpGetMutationStatus:  {get, "/mutationStatus/{requestId}", BucketRead, repeat},

	OpListDocs:  {get, "/docs", BucketListDocs, repeat},
	OpCreateDoc: {post, "/docs", BucketWrite, once},
	OpGetDoc:    {get, docPath, BucketRead, repeat},
	OpUpdateDoc: {patch, docPath, BucketWrite, once},
	OpDeleteDoc: {remove, docPath, BucketWrite, repeat},

	OpListPages:         {get, docPath + "/pages", BucketRead, repeat},
	OpCreatePage:        {post, docPath + "/pages", BucketContent, once},
	OpGetPage:           {get, pagePath, BucketRead, repeat},
	OpUpdatePage:        {put, pagePath, BucketContent, once},
	OpDeletePage:        {remove, pagePath, BucketContent, once},
	OpListPageContent:   {get, pagePath + "/content", BucketRead, repeat},
	OpDeletePageContent: {remove, pagePath + "/content", BucketContent, once},
	OpBeginPageExport:   {post, pagePath + "/export", BucketWrite, repeat},
	OpPageExportStatus:  {get, pagePath + "/export/{requestId}", BucketRead, repeat},

	OpListTables:  {get, docPath + "/tables", BucketRead, repeat},
	OpGetTable:    {get, tablePath, BucketRead, repeat},
	OpListColumns: {get, tablePath + "/columns", BucketRead, repeat},
	OpGetColumn:   {get, tablePath + "/columns/{columnIdOrName}", BucketRead, repeat},

	OpListRows:   {get, tablePath + "/rows", BucketRead, repeat},
	OpUpsertRows: {post, tablePath + "/rows", BucketContent, once},
	OpDeleteRows: {remove, tablePath + "/rows", BucketContent, repeat},
	OpGetRow:     {get, rowPath, BucketRead, repeat},
	OpUpdateRow:  {put, rowPath, BucketContent, once},
	OpDeleteRow:  {remove, rowPath, BucketContent, once},
	OpPushButton: {post, rowPath + "/buttons/{columnIdOrName}", BucketContent, once},

	OpListFormulas: {get, docPath + "/formulas", BucketRead, repeat},
	OpGetFormula:   {get, docPath + "/formulas/{formulaIdOrName}", BucketRead, repeat},
	OpListControls: {get, docPath + "/controls", BucketRead, repeat},
	OpGetControl:   {get, docPath + "/controls/{controlIdOrName}", BucketRead, repeat},

	OpGetSharingMetadata: {get, aclPath + "/metadata", BucketRead, repeat},
	OpListPermissions:    {get, aclPath + "/permissions", BucketRead, repeat},
	OpAddPermission:      {post, aclPath + "/permissions", BucketWrite, once},
	OpDeletePermission:   {remove, aclPath + "/permissions/{permissionId}", BucketWrite, repeat},
	OpSearchPrincipals:   {get, aclPath + "/principals/search", BucketRead, repeat},
	OpGetACLSettings:     {get, aclPath + "/settings", BucketRead, repeat},
	OpUpdateACLSettings:  {patch, aclPath + "/settings", BucketWrite, once},

	OpListCategories: {get, "/categories", BucketRead, repeat},
	OpPublishDoc:     {put, docPath + "/publish", BucketWrite, once},
	OpUnpublishDoc:   {remove, docPath + "/publish", BucketWrite, repeat},

	OpListFolders:  {get, "/folders", BucketRead, repeat},
	OpCreateFolder: {post, "/folders", BucketWrite, once},
	OpGetFolder:    {get, "/folders/{folderId}", BucketRead, repeat},
	OpUpdateFolder: {patch, "/folders/{folderId}", BucketWrite, once},
	OpDeleteFolder: {remove, "/folders/{folderId}", BucketWrite, repeat},

	OpTriggerAutomation: {post, docPath + "/hooks/automation/{ruleId}", BucketContent, once},

	OpListWorkspaceMembers:      {get, "/workspaces/{workspaceId}/users", BucketRead, repeat},
	OpChangeUserRole:            {post, "/workspaces/{workspaceId}/users/role", BucketWrite, once},
	OpListWorkspaceRoleActivity: {get, "/workspaces/{workspaceId}/roles", BucketRead, repeat},

	OpListDocAnalytics:         {get, "/analytics/docs", BucketAnalytics, repeat},
	OpListPageAnalytics:        {get, "/analytics/docs/{docId}/pages", BucketAnalytics, repeat},
	OpDocAnalyticsSummary:      {get, "/analytics/docs/summary", BucketAnalytics, repeat},
	OpListPackAnalytics:        {get, "/analytics/packs", BucketAnalytics, repeat},
	OpPackAnalyticsSummary:     {get, "/analytics/packs/summary", BucketAnalytics, repeat},
	OpListPackFormulaAnalytics: {get, "/analytics/packs/{packId}/formulas", BucketAnalytics, repeat},
	OpAnalyticsLastUpdated:     {get, "/analytics/updated", BucketAnalytics, repeat},

	// Coda's OpenAPI document writes "/docs/${docId}/domains" for the first two; the dollar sign is its slip.
	OpListCustomDomains:    {get, docPath + "/domains", BucketRead, repeat},
	OpAddCustomDomain:      {post, docPath + "/domains", BucketWrite, once},
	OpUpdateCustomDomain:   {patch, docPath + "/domains/{customDocDomain}", BucketWrite, once},
	OpDeleteCustomDomain:   {remove, docPath + "/domains/{customDocDomain}", BucketWrite, repeat},
	OpCustomDomainProvider: {get, "/domains/provider/{customDocDomain}", BucketRead, repeat},

	OpAddGoLink: {post, "/organizations/{organizationId}/goLinks", BucketWrite, once},
}

// ReadOnly reports whether the operation changes nothing in Coda. Beginning an export is one such, although it is a
// POST that read-only tokens may not send.
func (op Op) ReadOnly() bool {
	o, ok := operations[op]
	return op == OpDownloadExport || op == OpBeginPageExport || ok && o.method == http.MethodGet
}

// DocScoped reports whether the operation names a document in its path, so that [Config.Guard] is asked before each
// request.
func (op Op) DocScoped() bool {
	_, scoped := docSegment(operations[op].path)
	return scoped
}

// Operations lists all operations, sorted.
func Operations() []Op { return slices.Sorted(maps.Keys(operations)) }
