package coda

// Icon is a document's, page's or folder's icon.
type Icon struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	BrowserLink string `json:"browserLink"`
}

// Image is a page's cover.
type Image struct {
	BrowserLink string  `json:"browserLink"`
	Type        string  `json:"type"`
	Width       float64 `json:"width"`
	Height      float64 `json:"height"`
}

// WorkspaceLink names a workspace.
type WorkspaceLink struct {
	ID             string `json:"id"`
	Name           string `json:"name"`
	OrganizationID string `json:"organizationId"`
	BrowserLink    string `json:"browserLink"`
}

// FolderLink names a folder.
type FolderLink struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	BrowserLink string `json:"browserLink"`
}

// DocLink names a document.
type DocLink struct {
	ID          DocID  `json:"id"`
	Href        string `json:"href"`
	BrowserLink string `json:"browserLink"`
}

// PageLink names a page.
type PageLink struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Href        string `json:"href"`
	BrowserLink string `json:"browserLink"`
}

// TableLink names a table or view.
type TableLink struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	TableType   string    `json:"tableType"`
	Href        string    `json:"href"`
	BrowserLink string    `json:"browserLink"`
	Parent      *PageLink `json:"parent"`
}

// ColumnLink names a column by its id.
type ColumnLink struct {
	ID   string `json:"id"`
	Href string `json:"href"`
}
