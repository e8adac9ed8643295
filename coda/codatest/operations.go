package codatest

import "net/http"

// operation is one of the API's operations and how requests for it are treated.
type operation struct {
	id, method, path string
	class            BudgetClass
	status           int
	run              func(*call) (any, error)
	raw              func(*call, *answer) // instead of run, and without admission

	anyToken       bool // every token may call it
	followsDoc     bool // a doc-scoped token may call it although it names no doc
	rootScoped     bool // has a docId in the path, but is not about access to the doc
	no403          bool // declares no 403, so refusals are 401
	harmless       bool // not a GET, yet needs no right to edit
	worksOverLimit bool // answers for docs above the size limit, too
}

var (
	unknownOperation = operation{raw: func(c *call, a *answer) {
		a.setError(notFound("Not Found"))
	}}
	downloadBlob = operation{id: "downloadBlob", raw: serveBlob}
)

// Operations returns the operationIds that the server answers.
func Operations() []string {
	var ids []string
	for _, op := range operations() {
		ids = append(ids, op.id)
	}
	return ids
}

func get(id, path string, run func(*call) (any, error)) operation {
	return operation{id: id, method: http.MethodGet, path: path, class: BudgetRead, status: http.StatusOK, run: run}
}

func write(id, method, path string, status int, run func(*call) (any, error)) operation {
	return operation{id: id, method: method, path: path, class: BudgetWrite, status: status, run: run}
}

// edit is a write of doc content: queued, answered 202, counted in the
// smallest budget.
func edit(id, method, path string, run func(*call) (any, error)) operation {
	return operation{id: id, method: method, path: path, class: BudgetContent, status: http.StatusAccepted, run: run}
}

func analytics(id, path string, run func(*call) (any, error)) operation {
	return operation{id: id, method: http.MethodGet, path: path, class: BudgetAnalytics, status: http.StatusOK,
		run: run, no403: true, rootScoped: true}
}

func (o operation) with(change func(*operation)) operation { change(&o); return o }

// operations lists what the simulated API offers.
// Long because it is one table, a line an operation.
func operations() []operation {
	const (
		GET    = http.MethodGet
		POST   = http.MethodPost
		PUT    = http.MethodPut
		PATCH  = http.MethodPatch
		DELETE = http.MethodDelete
		doc    = "/docs/{docId}"
		pg     = doc + "/pages/{pageIdOrName}"
		table  = doc + "/tables/{tableIdOrName}"
		row    = table + "/rows/{rowIdOrName}"
	)
	return []operation{
		get("whoami", "/whoami", whoami).with(func(o *operation) { o.anyToken = true }),
		get("resolveBrowserLink", "/resolveBrowserLink", resolveBrowserLink).with(func(o *operation) { o.anyToken = true }),
		get("getMutationStatus", "/mutationStatus/{requestId}",
			getMutationStatus).with(func(o *operation) { o.followsDoc, o.no403 = true, true }),

		get("listDocs", "/docs", listDocs).with(func(o *operation) { o.class = BudgetListDocs }),
		write("createDoc", POST, "/docs", http.StatusCreated, createDoc),
		get("getDoc", doc, getDoc).with(func(o *operation) { o.worksOverLimit = true }),
		write("updateDoc", PATCH, doc, http.StatusOK, updateDoc),
		write("deleteDoc", DELETE, doc, http.StatusAccepted, deleteDoc).with(func(o *operation) { o.worksOverLimit = true }),

		get("listPages", doc+"/pages", listPages),
		edit("createPage", POST, doc+"/pages", createPage),
		get("getPage", pg, getPage),
		edit("updatePage", PUT, pg, updatePage),
		edit("deletePage", DELETE, pg, deletePage),
		get("listPageContent", pg+"/content", listPageContent),
		edit("deletePageContent", DELETE, pg+"/content", deletePageContent),
		write("beginPageContentExport", POST, pg+"/export", http.StatusAccepted,
			beginPageContentExport).with(func(o *operation) { o.harmless = true }),
		get("getPageContentExportStatus", pg+"/export/{requestId}", getPageContentExportStatus),

		get("listTables", doc+"/tables", listTables),
		get("getTable", table, getTable),
		get("listColumns", table+"/columns", listColumns),
		get("getColumn", table+"/columns/{columnIdOrName}", getColumn),
		get("listRows", table+"/rows", listRows),
		edit("upsertRows", POST, table+"/rows", upsertRows),
		edit("deleteRows", DELETE, table+"/rows", deleteRows),
		get("getRow", row, getRow),
		edit("updateRow", PUT, row, updateRow),
		edit("deleteRow", DELETE, row, deleteRow),
		edit("pushButton", POST, row+"/buttons/{columnIdOrName}", pushButton),

		get("listFormulas", doc+"/formulas", listFormulas),
		get("getFormula", doc+"/formulas/{formulaIdOrName}", getFormula),
		get("listControls", doc+"/controls", listControls),
		get("getControl", doc+"/controls/{controlIdOrName}", getControl),

		get("getSharingMetadata", doc+"/acl/metadata", getSharingMetadata),
		get("getPermissions", doc+"/acl/permissions", getPermissions),
		write("addPermission", POST, doc+"/acl/permissions", http.StatusOK, addPermission),
		write("deletePermission", DELETE, doc+"/acl/permissions/{permissionId}", http.StatusOK, deletePermission),
		get("searchPrincipals", doc+"/acl/principals/search", searchPrincipals),
		get("getAclSettings", doc+"/acl/settings", getAclSettings),
		write("updateAclSettings", PATCH, doc+"/acl/settings", http.StatusOK, updateAclSettings),

		get("listCategories", "/categories", listCategories).with(func(o *operation) { o.no403 = true }),
		write("publishDoc", PUT, doc+"/publish", http.StatusAccepted, publishDoc),
		write("unpublishDoc", DELETE, doc+"/publish", http.StatusOK, unpublishDoc),

		get("listFolders", "/folders", listFolders),
		write("createFolder", POST, "/folders", http.StatusCreated, createFolder),
		get("getFolder", "/folders/{folderId}", getFolder),
		write("updateFolder", PATCH, "/folders/{folderId}", http.StatusOK, updateFolder),
		write("deleteFolder", DELETE, "/folders/{folderId}", http.StatusOK, deleteFolder),

		edit("triggerWebhookAutomation", POST, doc+"/hooks/automation/{ruleId}", triggerWebhookAutomation),

		get("listWorkspaceMembers", "/workspaces/{workspaceId}/users", listWorkspaceMembers),
		write("changeUserRole", POST, "/workspaces/{workspaceId}/users/role", http.StatusOK, changeUserRole),
		get("listWorkspaceRoleActivity", "/workspaces/{workspaceId}/roles", listWorkspaceRoleActivity),

		analytics("listDocAnalytics", "/analytics/docs", listDocAnalytics),
		analytics("listPageAnalytics", "/analytics/docs/{docId}/pages", listPageAnalytics),
		analytics("listDocAnalyticsSummary", "/analytics/docs/summary", listDocAnalyticsSummary),
		analytics("listPackAnalytics", "/analytics/packs", listPackAnalytics),
		analytics("listPackAnalyticsSummary", "/analytics/packs/summary", listPackAnalyticsSummary),
		analytics("listPackFormulaAnalytics", "/analytics/packs/{packId}/formulas", listPackFormulaAnalytics),
		analytics("getAnalyticsLastUpdated", "/analytics/updated", getAnalyticsLastUpdated),

		get("listCustomDocDomains", doc+"/domains", listCustomDocDomains),
		write("addCustomDocDomain", POST, doc+"/domains", http.StatusAccepted, addCustomDocDomain),
		write("updateCustomDocDomain", PATCH, doc+"/domains/{customDocDomain}", http.StatusOK, updateCustomDocDomain),
		write("deleteCustomDocDomain", DELETE, doc+"/domains/{customDocDomain}", http.StatusOK, deleteCustomDocDomain),
		get("getCustomDocDomainProvider", "/domains/provider/{customDocDomain}", getCustomDocDomainProvider),

		write("addGoLink", POST, "/organizations/{organizationId}/goLinks", http.StatusOK, addGoLink),
	}
}
