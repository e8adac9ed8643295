package config

import "time"

// File is gateway.yaml as it is written, with defaults applied and presets merged; secrets in it are ***. A new key
// is a field here, and nothing else: the tags are the one source of the decoder's keys and defaults, of the JSON
// Schema, of the reference in README.md and of what coda-gateway check prints:
//
//	key       the name in the file
//	doc       what it means
//	default   YAML that applies where the key is absent; "preset" where the issuer's preset decides
//	example   what a problem tells to write
//	flags     required, empty ("" may be written), single (a list of one may be written without brackets), secret
//	lost      what opens when a changed file no longer has it, see [Lost]: free or whole; absent = each value keeps
//	          something closed
type File struct {
	PublicURL      publicURL     `key:"public_url" flags:"required" example:"https://mcp.example.com/mcp" lost:"free" doc:"The URL that people type into a client, path included; published byte for byte. https, or http on a loopback host; no query, no fragment, no trailing slash unless the path is empty."`
	Listen         listenAddress `key:"listen" default:"127.0.0.1:8080" example:"127.0.0.1:8080" lost:"free" doc:"The public listener: host:port, or unix:/path for a socket."`
	TLS            *tlsFile      `key:"tls" lost:"free" doc:"Certificate files, for use without a proxy in front. Renewed files are picked up without a restart."`
	Admin          adminFile     `key:"admin" lost:"free" doc:"The operator's listener: /healthz, /readyz, /metrics."`
	TrustedProxies []prefix      `key:"trusted_proxies" default:"[127.0.0.0/8, '::1/128']" example:"[10.0.0.0/8, \"::1\"]" lost:"free" doc:"Proxies whose X-Forwarded-For or Forwarded header supplies the client's address for the log: addresses or CIDR prefixes."`
	AllowedHosts   []hostPort    `key:"allowed_hosts" default:"[]" example:"[mcp.internal.example.com]" lost:"free" doc:"Host headers accepted in addition to public_url's and loopback: host, or host:port."`
	AllowedOrigins []origin      `key:"allowed_origins" default:"[]" example:"[\"https://inspector.example.com\"]" lost:"free" doc:"Origin headers accepted in addition to public_url's own, claude.ai, claude.com and loopback tools: scheme://host, or scheme://host:port."`
	ShutdownDelay  duration      `key:"shutdown_delay" default:"0s" example:"2s" lost:"free" doc:"How long the gateway keeps serving after SIGTERM while /readyz and /healthz already answer 503, as a Go duration; at most 10m. Behind a load balancer or in Kubernetes, set it a little longer than they take to notice."`
	ShutdownGrace  duration      `key:"shutdown_grace" default:"10s" example:"10s" lost:"free" doc:"How long calls in flight may take to finish when the gateway stops, as a Go duration; at most 10m."`
	ReadOnly       bool          `key:"read_only" default:"false" example:"true" doc:"Emergency switch: no tool that changes anything runs, whatever the access rules allow, and people are told why."`
	Runtime        runtimeFile   `key:"runtime" doc:"How the process uses memory. The environment variables GOGC and GOMEMLIMIT take precedence."`
	Log            logFile       `key:"log" lost:"free" doc:"The log on standard error."`
	Resource       resourceFile  `key:"resource" lost:"free" doc:"What the protected-resource metadata says about this server (RFC 9728)."`
	Discovery      struct {
		Compatibility discoveryMode `key:"compatibility" default:"\"off\"" example:"redirect" doc:"What the authorization-server well-known paths answer: off = 404; redirect = 307 to the issuer's own document, for clients of the 2025-03-26 revision."`
	} `key:"discovery" lost:"free" doc:"Help for older clients."`
	Compatibility struct {
		VersionMismatch versionMode `key:"version_mismatch" default:"accept" example:"accept" doc:"What to do when header and body name different protocol versions: accept serves the request as a legacy one (tools cannot ask the questions that only the newest revision has); strict refuses it, as the 2026-07-28 revision requires."`
	} `key:"compatibility" doc:"How lenient to be with clients."`
	Issuers []issuerFile `key:"issuers" flags:"required" example:"[{url: \"https://id.example.com/realms/company\", provider: keycloak}]" doc:"The identity providers whose tokens are accepted. At least one."`
	Scopes  scopesFile   `key:"scopes" doc:"The OAuth scopes of this resource."`
	Access  []grantFile  `key:"access" default:"[{when: {scopes: ['coda:read']}, allow: [read]}, {when: {scopes: ['coda:write']}, allow: [write, destructive, effects]}, {when: {scopes: ['coda:admin']}, allow: [admin]}]" example:"[{when: {scopes: [\"coda:read\"]}, allow: [read]}]" doc:"Who may call what. Grants add up; whatever no grant allows is denied."`
	Revoked []Revoked    `key:"revoked" default:"[]" example:"[{subject: \"248289761001\", before: 2026-01-31T00:00:00Z}]" doc:"Tokens to refuse even though they are otherwise valid. They are refused within seconds of a reload, even if they were accepted before."`
	Coda    codaFile     `key:"coda" flags:"required" example:"{token: \"${file:/run/secrets/coda-token}\"}" doc:"The Coda workspace behind the gateway."`
	Limits  limitsFile   `key:"limits" doc:"How much each person may do: tool calls, resource reads and completions. A call over a limit is refused before Coda is asked, with how long to wait. IP addresses play no part."`
	Tracing tracingFile  `key:"tracing" lost:"free" doc:"Traces for OpenTelemetry. Variables such as OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME and OTEL_EXPORTER_OTLP_HEADERS work too."`
	Audit   auditFile    `key:"audit" doc:"Who did what."`
	State   stateFile    `key:"state" lost:"free" doc:"What the gateway has to remember: people's own Coda tokens, what rows looked like before a change, attempts to connect."`
}

type tlsFile struct {
	Cert filePath `key:"cert" flags:"required" example:"/etc/coda-gateway/tls.crt" doc:"The certificate chain in PEM: the absolute path of a file."`
	Key  filePath `key:"key" flags:"required" example:"/etc/coda-gateway/tls.key" doc:"Its private key in PEM: the absolute path of a file."`
}

// Revoked is an entry of revoked, as it is written.
type Revoked struct {
	Subject string   `key:"subject" default:"\"\"" flags:"empty" example:"\"248289761001\"" doc:"The person whose tokens are refused: their sub."`
	Issuer  string   `key:"issuer" default:"\"\"" flags:"empty" example:"https://id.example.com/realms/company" doc:"The issuer, as in issuers[].url; absent = any."`
	Before  *instant `key:"before" example:"2026-01-31T00:00:00Z" doc:"Refuse only tokens issued before this time (RFC 3339), or with no issue time; absent = all."`
	TokenID string   `key:"token_id" default:"\"\"" flags:"empty" example:"6f1c6d1e-2f8e-4a6c-9a53-000000000000" doc:"A single token instead: its jti."`
}

type adminFile struct {
	Listen       listenAddress `key:"listen" default:"127.0.0.1:9090" flags:"empty" example:"127.0.0.1:9090" doc:"host:port or unix:/path, preferably on loopback; \"\" = none. On any other address it serves only /healthz, a one-word /readyz, and /metrics."`
	AllowedHosts []hostPort    `key:"allowed_hosts" default:"[]" example:"[gateway.monitoring.svc:9090]" doc:"Host names that it answers to, in addition to IP addresses and localhost: host, or host:port. All others are refused, because a web page could use them to reach it (DNS rebinding)."`
}

type runtimeFile struct {
	GCPercent   percent  `key:"gc_percent" default:"400" example:"400" lost:"free" doc:"How much the heap may grow between two garbage collections, as a percentage of the live heap. A high value saves time while the heap is small; once the heap would grow beyond 36 MiB, the percentage falls, but not below 100."`
	MemoryLimit byteSize `key:"memory_limit" default:"256MiB" example:"256MiB" lost:"free" doc:"Soft memory limit: close to it, the garbage collector runs as often as needed, whatever gc_percent says."`
	Bodies      byteSize `key:"bodies" default:"64MiB" example:"64MiB" doc:"The most memory that the bodies of all requests in flight may take; one person may use a quarter of it. Requests beyond that are told to retry later."`
}

type logFile struct {
	Level  logLevel  `key:"level" default:"info" example:"info" doc:"The lowest level that is logged."`
	Format logFormat `key:"format" default:"auto" example:"json" doc:"json; console; or auto = console on a terminal, json elsewhere."`
}

type resourceFile struct {
	Name          string     `key:"name" default:"Coda" example:"Coda" doc:"The name that clients show."`
	Documentation serviceURL `key:"documentation" default:"\"\"" flags:"empty" example:"https://wiki.example.com/coda-mcp" doc:"URL of a page for people or developers; empty = none."`
	MetadataURL   serviceURL `key:"metadata_url" default:"\"\"" flags:"empty" example:"https://mcp.example.com/coda/oauth-protected-resource" doc:"Where clients are sent for the metadata if the standard path of RFC 9728 is not available to the gateway. It must have public_url's origin; the metadata is served there as well."`
}

type issuerFile struct {
	URL                  issuerURL               `key:"url" flags:"required" example:"https://id.example.com/realms/company" lost:"free" doc:"The issuer identifier: the token's iss, byte for byte, including a trailing slash if the provider has one. It may contain one {tenantid}, for Entra."`
	Tenants              []tenant                `key:"tenants" default:"[]" flags:"single" example:"[6f1c6d1e-2f8e-4a6c-9a53-000000000000]" lost:"whole" doc:"With {tenantid} in url: the ids of the tenants whose people may sign in, or any."`
	DiscoveryURL         fetchedURL              `key:"discovery_url" default:"\"\"" flags:"empty" example:"https://id.example.com/adfs/.well-known/openid-configuration" doc:"URL of the metadata document itself, if it cannot be derived from url (AD FS, Azure B2C)."`
	SignIn               signIn                  `key:"sign_in" default:"\"\"" flags:"empty" example:"https://id.example.com/adfs" doc:"The issuer that clients are sent to, if it is not url; none = nobody signs in there (issuers for machines)."`
	ScopePrefix          scopePrefix             `key:"scope_prefix" default:"\"\"" flags:"empty" example:"api://6f1c6d1e-2f8e-4a6c-9a53-000000000000/" lost:"free" doc:"A prefix for scopes when clients request them; tokens may carry them without it (Entra). Write scopes and access without the prefix."`
	CAFile               filePath                `key:"ca_file" default:"\"\"" flags:"empty" example:"/etc/coda-gateway/ca.pem" lost:"free" doc:"Private certificate authorities in PEM, accepted in addition to the system's: the absolute path of a file."`
	AllowHTTP            bool                    `key:"allow_http" default:"false" example:"true" lost:"free" doc:"Allow plain http for discovery_url, jwks_uri and introspection.endpoint at private addresses."`
	Provider             provider                `key:"provider" default:"generic" example:"keycloak" doc:"Preset for the keys below. Each can be overridden."`
	Audiences            *[]string               `key:"audiences" default:"preset" example:"[6f1c6d1e-2f8e-4a6c-9a53-000000000000]" lost:"whole" doc:"Audiences accepted in addition to public_url, for providers that put something else into aud (Entra, Dex, authentik, Zitadel)."`
	ClientIDs            *[]string               `key:"client_ids" default:"preset" example:"[claude-connector]" lost:"whole" doc:"OAuth clients to accept; empty = any."`
	AllowMissingAudience *bool                   `key:"allow_missing_audience" default:"preset" example:"false" doc:"Accept tokens without aud. Requires client_ids. A wrong aud is still refused."`
	AllowIDTokens        *bool                   `key:"allow_id_tokens" default:"preset" example:"false" doc:"Accept tokens that look like ID tokens, for providers whose access tokens look like that (Dex)."`
	Algorithms           *[]algorithm            `key:"algorithms" default:"preset" example:"[RS256, ES256]" lost:"whole" doc:"Signature algorithms to accept. none and the HS family are never accepted."`
	TokenType            *tokenType              `key:"token_type" default:"preset" example:"any" doc:"The token's typ header: any, or at+jwt (RFC 9068)."`
	RequiredClaims       *map[string]claimValues `key:"required_claims" default:"preset" example:"{tid: 6f1c6d1e-2f8e-4a6c-9a53-000000000000}" doc:"Claims that every token must have: claim path to an accepted value, or to a list of them."`
	NotBefore            *instant                `key:"not_before" example:"2026-01-31T00:00:00Z" doc:"Refuse tokens issued before this time (RFC 3339), or with no issue time."`
	JWKSURI              fetchedURL              `key:"jwks_uri" default:"\"\"" flags:"empty" example:"https://id.example.com/keys" doc:"URL of the signing keys, instead of discovery."`
	RequireVerifiedEmail bool                    `key:"require_verified_email" default:"false" example:"true" doc:"Count an e-mail address only if the token says that it is verified. By default an address also counts if the token does not say either way."`
	Introspection        *introspectionFile      `key:"introspection" doc:"Ask the issuer about tokens that cannot be verified locally (RFC 7662): opaque or encrypted ones, those that do not name their issuer, and signed ones without sub or aud. The answer completes a token, and limits it."`
	Claims               claimsFile              `key:"claims" doc:"Where to find things in the provider's tokens. Each path is a literal top-level key (dots, colons and slashes are fine) or a JSON Pointer (RFC 6901, begins with /). Scopes, roles and groups from several paths add up; for the others, the first path present counts."`
}

type introspectionFile struct {
	ClientID     string     `key:"client_id" default:"\"\"" flags:"empty" example:"coda-gateway" lost:"free" doc:"The gateway's own client ID at the issuer; empty = no introspection."`
	ClientSecret secretText `key:"client_secret" default:"\"\"" flags:"empty secret" example:"${file:/run/secrets/introspection}" doc:"The client's secret, for basic and post."`
	PrivateKey   secretText `key:"private_key" default:"\"\"" flags:"empty secret" example:"${file:/run/secrets/introspection.pem}" doc:"The client's private key in PEM, for private_key_jwt (RFC 7523)."`
	Endpoint     fetchedURL `key:"endpoint" default:"\"\"" flags:"empty" example:"https://id.example.com/introspect" lost:"free" doc:"The introspection endpoint; empty = as in the discovery document."`
	Auth         clientAuth `key:"auth" default:"basic" example:"basic" lost:"free" doc:"How the gateway authenticates there."`
	Always       bool       `key:"always" default:"false" example:"true" doc:"Ask about JWTs as well, after verifying them. People who were disabled or signed out are then refused within a minute instead of when their token expires. Costs one request per token and minute."`
	Opaque       bool       `key:"opaque" default:"false" example:"true" lost:"free" doc:"If several issuers have introspection: ask this one about tokens that do not name their issuer."`
}

type claimsFile struct {
	Subject  *[]claimPath `key:"subject" default:"preset" flags:"single" example:"sub" doc:"Who the token is for: text that is the same in all of a person's tokens from this issuer, and is never given to anybody else."`
	Scopes   *[]claimPath `key:"scopes" default:"preset" flags:"single" example:"[scope, scp]" doc:"The granted scopes."`
	Roles    *[]claimPath `key:"roles" default:"preset" flags:"single" example:"/realm_access/roles" doc:"Roles: text, a list, or a map whose keys count if the value is true."`
	Groups   *[]claimPath `key:"groups" default:"preset" flags:"single" example:"groups" doc:"Groups."`
	ClientID *[]claimPath `key:"client_id" default:"preset" flags:"single" example:"[client_id, azp]" doc:"The OAuth client."`
	Email    *[]claimPath `key:"email" default:"preset" flags:"single" example:"email" doc:"The e-mail address. It does not count if email_verified is false; email_verified vouches only for claims that hold a mail address."`
	Name     *[]claimPath `key:"name" default:"preset" flags:"single" example:"[name, preferred_username]" doc:"The display name, for logs."`
}

type scopesFile struct {
	Supported []scope           `key:"supported" default:"['coda:read', 'coda:write']" example:"[\"coda:read\", \"coda:write\"]" lost:"free" doc:"Listed in the protected-resource metadata."`
	Initial   []scope           `key:"initial" default:"[]" example:"[\"coda:read\", \"coda:write\"]" lost:"free" doc:"Requested in the first challenge; empty = all supported. Many clients register with these and can never get others."`
	Implies   map[scope][]scope `key:"implies" default:"{'coda:admin': ['coda:write'], 'coda:write': ['coda:read']}" example:"{\"coda:write\": [\"coda:read\"]}" lost:"whole" doc:"Scopes that include others."`
}

type grantFile struct {
	When  whenFile `key:"when" flags:"required" example:"{scopes: [\"coda:read\"]}" doc:"Conditions. All must hold; in a list one match is enough, except that all scopes must be present."`
	Allow []string `key:"allow" flags:"required" example:"[read]" lost:"free" doc:"Tool groups (read, write, destructive, effects, admin), tool names, or globs over tool names."`
	// Docs absent is all; empty is an error of the grant's.
	Docs   []string   `key:"docs" flags:"empty" example:"[https://coda.io/d/Roadmap_dAbCdEfGhIj, \"folder:fl-AbC123\"]" lost:"whole" doc:"The documents that this grant covers: ids or links of documents, or folder:<id or link> or workspace:<id> for everything in there. Absent = all. For a person, documents that none of their grants covers do not exist."`
	Hide   []hideFile `key:"hide" example:"[{table: grid-AbC123, columns: [Salary]}]" doc:"Tables and columns that do not exist under this grant. A column is visible if another grant allows reading the document and does not hide it."`
	DryRun bool       `key:"dry_run" default:"false" example:"true" doc:"Try the grant without putting it in force: the log says for each call what the grant would have decided."`
}

type hideFile struct {
	Table   string   `key:"table" flags:"required" example:"grid-AbC123" doc:"The id of a table or view, which applies in every document that has it, or a link to it."`
	Columns []string `key:"columns" example:"[Salary, c-AbC123]" doc:"Ids or names of columns; absent = the whole table with its views. If a name no longer exists, the whole table is hidden; ids survive renaming."`
}

type whenFile struct {
	Scopes       []scope                `key:"scopes" example:"[\"coda:read\"]" doc:"All of these scopes, directly or by scopes.implies."`
	Roles        []string               `key:"roles" example:"[coda-editor]" lost:"whole" doc:"One of these roles."`
	Groups       []string               `key:"groups" example:"[/staff]" lost:"whole" doc:"One of these groups."`
	Subjects     []string               `key:"subjects" example:"[\"248289761001\"]" lost:"whole" doc:"One of these subjects (sub)."`
	Emails       []string               `key:"emails" example:"[ada@example.com]" lost:"whole" doc:"One of these e-mail addresses."`
	EmailDomains []string               `key:"email_domains" example:"[example.com]" lost:"whole" doc:"An address in one of these domains."`
	ClientIDs    []string               `key:"client_ids" example:"[claude-connector]" lost:"whole" doc:"One of these OAuth clients."`
	Issuers      []string               `key:"issuers" example:"[\"https://id.example.com/realms/company\"]" lost:"whole" doc:"One of these issuers, as in issuers[].url."`
	Claims       map[string]claimValues `key:"claims" example:"{department: [sales, support]}" doc:"Claim path to an accepted value, or to a list of them; all must match."`
}

type codaFile struct {
	BaseURL     serviceURL       `key:"base_url" default:"https://coda.io/apis/v1" example:"https://coda.io/apis/v1" doc:"Coda's API."`
	Token       secretText       `key:"token" flags:"secret" example:"${file:/run/secrets/coda-token}" doc:"The Coda API token for everybody who matches no entry of credentials; absent = nobody."`
	Credentials []credentialFile `key:"credentials" default:"[]" example:"[{when: {}, directory: /run/coda-tokens, by: email}]" doc:"Which Coda account people act with. The first matching entry decides, even if it has no token for the person. Each entry has a token or a directory."`
	Enrollment  enrollmentFile   `key:"enrollment" doc:"Lets people bring their own Coda token."`
	// ToolSets are checked against [Options.ToolSets].
	ToolSets []string    `key:"tool_sets" default:"[]" example:"[sharing]" lost:"free" doc:"Optional tool sets to switch on in addition to the core: sharing, publishing, folders, analytics, workspaces, doc_admin. Most of their tools are in the group admin."`
	Budgets  budgetsFile `key:"budgets" doc:"Request rates towards Coda, per Coda account: requests/time, as in 100/6s."`
}

type credentialFile struct {
	When      lentWhen   `key:"when" flags:"required" example:"{groups: [/finance]}" doc:"Who it is for: conditions as in access[].when; {} = everybody. An e-mail address counts only if it is verified: the token says email_verified: true, or the provider is known to verify addresses."`
	Token     secretText `key:"token" flags:"secret" example:"${file:/run/secrets/coda-finance}" doc:"The Coda API token that these people act with."`
	Directory filePath   `key:"directory" example:"/run/coda-tokens" lost:"free" doc:"Instead of a token: the absolute path of a directory with one file per person that holds their Coda API token. The file is read again for each call. People without a file have no account."`
	By        lendBy     `key:"by" example:"email" lost:"free" doc:"What the files are named after, percent-encoded: email (lower case, verified) or subject. With several issuers, subject requires issuers in when."`
}

type budgetsFile struct {
	Read      Rate `key:"read" default:"100/6s" example:"100/6s" doc:"Reading."`
	Write     Rate `key:"write" default:"10/6s" example:"10/6s" doc:"Writing data."`
	Content   Rate `key:"content" default:"3/10s" example:"3/10s" doc:"Writing page content."`
	ListDocs  Rate `key:"list_docs" default:"4/6s" example:"4/6s" doc:"Listing documents."`
	Analytics Rate `key:"analytics" default:"100/6s" example:"100/6s" doc:"Reading analytics."`
}

type limitsFile struct {
	Store     storeAddress        `key:"store" default:"\"\"" flags:"empty" example:"rediss://gateway:${file:/run/secrets/valkey}@valkey.example.com:6379/0" doc:"\"\" = each process counts for itself. Or the Valkey or Redis through which several replicas share limits and coda.budgets, used confirmations, and revoked: redis://host:port/database, or rediss:// for TLS. The password, or the whole address, can be ${env:NAME} or ${file:/path}. While the store is unreachable, each replica works with its share of every limit and budget, and refuses whatever needs a confirmation."`
	CAFile    filePath            `key:"ca_file" default:"\"\"" flags:"empty" example:"/etc/coda-gateway/valkey-ca.pem" lost:"free" doc:"Private certificate authorities for rediss://, in PEM, accepted in addition to the system's: the absolute path of a file."`
	PerPerson personLimitFile     `key:"per_person" doc:"Limits for each person (a subject of an issuer), whichever client they use."`
	PerClient clientLimitFile     `key:"per_client" doc:"Limits for each OAuth client of an issuer, all its people together. A client that registers again for every sign-in counts as a new client each time."`
	Tools     map[string]callRate `key:"tools" default:"{}" example:"{coda_upsert_rows: 20/1m}" doc:"Limits for each person and single tools: the tool's name to calls/time, as in 20/1m."`
}

type personLimitFile struct {
	Calls  callRate `key:"calls" default:"240/1m" example:"240/1m" doc:"Calls per length of time, as in 240/1m; 0 = no limit. All may be made at once; the allowance refills evenly over that time."`
	AtOnce places   `key:"at_once" default:"8" example:"8" doc:"How many calls may run at the same time, in each replica; 0 = no limit. Further calls wait their turn for up to 10 s."`
}

type clientLimitFile struct {
	Calls  callRate `key:"calls" default:"0" example:"2000/1m" doc:"Calls per length of time, as in 2000/1m; 0 = no limit."`
	AtOnce places   `key:"at_once" default:"0" example:"40" doc:"How many calls may run at the same time, in each replica; 0 = no limit."`
}

type stateFile struct {
	Store    stateStore   `key:"store" default:"\"\"" flags:"empty" example:"/var/lib/coda-gateway/state.db" doc:"\"\" = memory, lost when the process ends; or the absolute path of an SQLite database file that only the gateway can read; or postgres://user@host:5432/database, which several replicas can share. Its password comes from the file that PGPASSFILE names, or from PGPASSWORD."`
	Keys     []secretText `key:"keys" default:"[]" flags:"secret" example:"[\"${file:/run/secrets/state-key}\"]" doc:"The first key encrypts and signs; all of them decrypt. To change the key, put the new one first, start with both, then remove the old one. Each has at least 32 bytes, as made by openssl rand -base64 32. A file or a database needs a key. Several replicas need the same keys, so that each understands the confirmations and list cursors of the others. None = a random key, lost when the process ends."`
	Keep     keepTime     `key:"keep" default:"24h" example:"24h" doc:"How long the previous content of what people change is kept for coda_undo, as a Go duration; 0 = not at all."`
	MaxBytes byteSize     `key:"max_bytes" default:"256MiB" example:"256MiB" doc:"The most that is stored. Expiring entries make room, oldest first; if what remains fills the store, new entries are refused."`
}

type (
	// secretText is a secret as written: a reference or the secret itself.
	secretText string
	// claimValue is a string, bool or json.Number.
	claimValue struct{ any }
	// claimValues is a list of them, or one.
	claimValues []claimValue
	// duration is written as Go does: 1m30s.
	duration time.Duration
	// keepTime is a duration of up to a year.
	keepTime time.Duration
	// instant is written as in RFC 3339.
	instant time.Time
)
