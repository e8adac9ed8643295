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
type File struct {
	PublicURL      publicURL     `key:"public_url" flags:"required" example:"https://mcp.example.com/mcp" doc:"What a person types into a client, path included; published byte for byte. https, or http on a loopback host; no query, no fragment, no trailing slash unless the path is empty."`
	Listen         listenAddress `key:"listen" default:"127.0.0.1:8080" example:"127.0.0.1:8080" doc:"The public listener: host:port, or unix:/path of a socket."`
	TLS            *tlsFile      `key:"tls" doc:"Certificate files, where no proxy stands in front. Renewed files are served without a restart."`
	Admin          adminFile     `key:"admin" doc:"The operator's listener: /healthz, /readyz, /metrics."`
	TrustedProxies []prefix      `key:"trusted_proxies" default:"[127.0.0.0/8, '::1/128']" example:"[10.0.0.0/8, \"::1\"]" doc:"Proxies whose X-Forwarded-For or Forwarded names the client's address in the log: addresses or CIDR prefixes."`
	AllowedHosts   []hostPort    `key:"allowed_hosts" default:"[]" example:"[mcp.internal.example.com]" doc:"Host headers accepted beside public_url's and loopback: host, or host:port."`
	AllowedOrigins []origin      `key:"allowed_origins" default:"[]" example:"[\"https://inspector.example.com\"]" doc:"Origin headers accepted beside public_url's own, claude.ai, claude.com and loopback tools: scheme://host, or scheme://host:port."`
	ShutdownDelay  duration      `key:"shutdown_delay" default:"0s" example:"2s" doc:"How long everything goes on after SIGTERM while /readyz and /healthz say 503 already, as a Go duration; at most 10m. Load balancers and Kubernetes need it: a little more than they take to notice."`
	ShutdownGrace  duration      `key:"shutdown_grace" default:"10s" example:"10s" doc:"How long calls in flight may take to finish after SIGTERM, as a Go duration; at most 10m."`
	ReadOnly       bool          `key:"read_only" default:"false" example:"true" doc:"The switch for a bad day: no tool that changes anything is run, whatever the access rules allow, and people are told why."`
	Runtime        runtimeFile   `key:"runtime" doc:"How the process uses memory. The environment variables GOGC and GOMEMLIMIT come first."`
	Log            logFile       `key:"log" doc:"The log on standard error."`
	Resource       resourceFile  `key:"resource" doc:"What the protected-resource metadata tells people (RFC 9728)."`
	Discovery      struct {
		Compatibility discoveryMode `key:"compatibility" default:"\"off\"" example:"redirect" doc:"What the authorization-server well-known paths answer: off = 404, redirect = 307 to the issuer's own document, for clients of the 2025-03-26 revision."`
	} `key:"discovery" doc:"Help for older clients."`
	Compatibility struct {
		VersionMismatch versionMode `key:"version_mismatch" default:"accept" example:"accept" doc:"A protocol version that differs between header and body: accept serves it the legacy way (without the questions that a tool can only ask in the newest revision), strict refuses it as the 2026-07-28 revision says."`
	} `key:"compatibility" doc:"Leniency towards clients."`
	Issuers []issuerFile `key:"issuers" flags:"required" example:"[{url: \"https://id.example.com/realms/company\", provider: keycloak}]" doc:"The identity providers whose tokens are accepted; at least one."`
	Scopes  scopesFile   `key:"scopes" doc:"OAuth scopes that this resource knows."`
	Access  []grantFile  `key:"access" default:"[{when: {scopes: ['coda:read']}, allow: [read]}, {when: {scopes: ['coda:write']}, allow: [write, destructive, effects]}, {when: {scopes: ['coda:admin']}, allow: [admin]}]" example:"[{when: {scopes: [\"coda:read\"]}, allow: [read]}]" doc:"Who may call what: grants that add up; what none allows is denied."`
	Revoked []Revoked    `key:"revoked" default:"[]" example:"[{subject: \"248289761001\", before: 2026-01-31T00:00:00Z}]" doc:"Tokens that are refused although they are otherwise good. After a reload they are refused within seconds, whatever was verified before."`
	Coda    codaFile     `key:"coda" flags:"required" example:"{token: \"${file:/run/secrets/coda-token}\"}" doc:"The Coda workspace behind the gateway."`
	Limits  limitsFile   `key:"limits" doc:"How much people may do: calls of tools, reading of resources and completions. Who is over a limit is told so in words, with how long to wait, before Coda is asked; the network that somebody comes from never counts."`
	Tracing tracingFile  `key:"tracing" doc:"Traces for OpenTelemetry. Variables such as OTEL_TRACES_SAMPLER, OTEL_SERVICE_NAME and OTEL_EXPORTER_OTLP_HEADERS work too."`
	Audit   auditFile    `key:"audit" doc:"Who did what."`
	State   stateFile    `key:"state" doc:"What must be remembered: people's own Coda tokens, what rows looked like before a change, attempts to connect."`
}

type tlsFile struct {
	Cert filePath `key:"cert" flags:"required" example:"/etc/coda-gateway/tls.crt" doc:"Certificate chain, PEM; the absolute path of a file."`
	Key  filePath `key:"key" flags:"required" example:"/etc/coda-gateway/tls.key" doc:"Its private key, PEM; the absolute path of a file."`
}

// Revoked is an entry of revoked, as it is written.
type Revoked struct {
	Subject string   `key:"subject" default:"\"\"" flags:"empty" example:"\"248289761001\"" doc:"Whose tokens: the sub."`
	Issuer  string   `key:"issuer" default:"\"\"" flags:"empty" example:"https://id.example.com/realms/company" doc:"Of which issuer, as in issuers[].url; absent = any."`
	Before  *instant `key:"before" example:"2026-01-31T00:00:00Z" doc:"Only tokens issued earlier, RFC 3339, and those that do not say when; absent = all."`
	TokenID string   `key:"token_id" default:"\"\"" flags:"empty" example:"6f1c6d1e-2f8e-4a6c-9a53-000000000000" doc:"A single token instead: its jti."`
}

type adminFile struct {
	Listen       listenAddress `key:"listen" default:"127.0.0.1:9090" flags:"empty" example:"127.0.0.1:9090" doc:"host:port or unix:/path, best on loopback; \"\" = none. Off loopback it serves /healthz, /readyz in one word, and /metrics only."`
	AllowedHosts []hostPort    `key:"allowed_hosts" default:"[]" example:"[gateway.monitoring.svc:9090]" doc:"Host names that it answers to, beside IP addresses and localhost: host, or host:port. Others are refused, since a page in a browser could use them (DNS rebinding)."`
}

type runtimeFile struct {
	GCPercent   percent  `key:"gc_percent" default:"400" example:"400" doc:"How much the heap may grow between two garbage collections, in percent of what is live: a small heap is collected seldom, which saves time. Where the heap would grow beyond 36 MiB the percentage falls, to 100 at least."`
	MemoryLimit byteSize `key:"memory_limit" default:"256MiB" example:"256MiB" doc:"Near this much memory the garbage collector runs as often as it must, whatever gc_percent says."`
	Bodies      byteSize `key:"bodies" default:"64MiB" example:"64MiB" doc:"The most that the bodies of all requests in flight may take; one person may use a quarter of it. Requests beyond that are told to come back."`
}

type logFile struct {
	Level  logLevel  `key:"level" default:"info" example:"info" doc:"The least that is logged."`
	Format logFormat `key:"format" default:"auto" example:"json" doc:"json, console, or auto: console on a terminal, json elsewhere."`
}

type resourceFile struct {
	Name          string     `key:"name" default:"Coda" example:"Coda" doc:"The resource's name as clients show it."`
	Documentation serviceURL `key:"documentation" default:"\"\"" flags:"empty" example:"https://wiki.example.com/coda-mcp" doc:"URL of a page for developers or people; empty = none."`
	MetadataURL   serviceURL `key:"metadata_url" default:"\"\"" flags:"empty" example:"https://mcp.example.com/coda/oauth-protected-resource" doc:"Where clients are sent for the metadata, at public_url's own origin, where the place of RFC 9728 is not ours; it is served there as well."`
}

type issuerFile struct {
	URL                  issuerURL               `key:"url" flags:"required" example:"https://id.example.com/realms/company" doc:"The issuer identifier: the token's iss, byte for byte, trailing slash included where the provider has one. It may hold one {tenantid}, for Entra."`
	Tenants              []tenant                `key:"tenants" default:"[]" flags:"single" example:"[6f1c6d1e-2f8e-4a6c-9a53-000000000000]" doc:"With {tenantid} in url: the ids of the tenants whose people may come in, or any."`
	DiscoveryURL         fetchedURL              `key:"discovery_url" default:"\"\"" flags:"empty" example:"https://id.example.com/adfs/.well-known/openid-configuration" doc:"URL of the metadata document itself, where it cannot be derived from url (AD FS, Azure B2C)."`
	SignIn               signIn                  `key:"sign_in" default:"\"\"" flags:"empty" example:"https://id.example.com/adfs" doc:"The issuer that clients are sent to, where that is not url; none = nobody signs in there (issuers of machines)."`
	ScopePrefix          scopePrefix             `key:"scope_prefix" default:"\"\"" flags:"empty" example:"api://6f1c6d1e-2f8e-4a6c-9a53-000000000000/" doc:"Stands before scopes where they are asked for; tokens may carry them without it (Entra). scopes and access stay short."`
	CAFile               filePath                `key:"ca_file" default:"\"\"" flags:"empty" example:"/etc/coda-gateway/ca.pem" doc:"Private certificate authorities, PEM, accepted beside the system's: the absolute path of a file."`
	AllowHTTP            bool                    `key:"allow_http" default:"false" example:"true" doc:"Let plain http through for discovery_url, jwks_uri and introspection.endpoint at private addresses."`
	Provider             provider                `key:"provider" default:"generic" example:"keycloak" doc:"Preset for the keys below, each of which can be overridden."`
	Audiences            *[]string               `key:"audiences" default:"preset" example:"[6f1c6d1e-2f8e-4a6c-9a53-000000000000]" doc:"Audiences accepted beside public_url, for providers that put something else there (Entra, Dex, authentik, Zitadel)."`
	ClientIDs            *[]string               `key:"client_ids" default:"preset" example:"[claude-connector]" doc:"Accepted OAuth clients; empty = any."`
	AllowMissingAudience *bool                   `key:"allow_missing_audience" default:"preset" example:"false" doc:"Accept a token without aud; only together with client_ids. It never excuses a wrong aud."`
	AllowIDTokens        *bool                   `key:"allow_id_tokens" default:"preset" example:"false" doc:"Accept tokens that look like ID tokens, for providers whose access tokens do (Dex)."`
	Algorithms           *[]algorithm            `key:"algorithms" default:"preset" example:"[RS256, ES256]" doc:"Accepted signature algorithms. None and the HS family are never accepted."`
	TokenType            *tokenType              `key:"token_type" default:"preset" example:"any" doc:"The token's typ header: any, or at+jwt (RFC 9068)."`
	RequiredClaims       *map[string]claimValues `key:"required_claims" default:"preset" example:"{tid: 6f1c6d1e-2f8e-4a6c-9a53-000000000000}" doc:"Claims that must all be there: claim path to an accepted value or a list of them."`
	NotBefore            *instant                `key:"not_before" example:"2026-01-31T00:00:00Z" doc:"Revocation cut-off, RFC 3339: tokens issued earlier are refused, and those that do not say when."`
	JWKSURI              fetchedURL              `key:"jwks_uri" default:"\"\"" flags:"empty" example:"https://id.example.com/keys" doc:"Where the keys are, instead of discovery."`
	RequireVerifiedEmail bool                    `key:"require_verified_email" default:"false" example:"true" doc:"Count an e-mail address only if the token says that it is verified. Otherwise an address also counts if the token does not say."`
	Introspection        *introspectionFile      `key:"introspection" doc:"The issuer is asked about what cannot be judged here (RFC 7662): tokens that are opaque or encrypted, or do not say whose they are, and signed ones without sub or aud. The answer completes a token, and limits it."`
	Claims               claimsFile              `key:"claims" doc:"Where the provider puts what. Each is a literal top-level key (which may hold dots, colons and slashes) or a JSON Pointer (RFC 6901, begins with /). Scopes, roles and groups at several places add up; of the others the first one present counts."`
}

type introspectionFile struct {
	ClientID     string     `key:"client_id" default:"\"\"" flags:"empty" example:"coda-gateway" doc:"The gateway's own client at the issuer; empty = no introspection."`
	ClientSecret secretText `key:"client_secret" default:"\"\"" flags:"empty secret" example:"${file:/run/secrets/introspection}" doc:"Its secret, for basic and post."`
	PrivateKey   secretText `key:"private_key" default:"\"\"" flags:"empty secret" example:"${file:/run/secrets/introspection.pem}" doc:"Its private key, PEM, for private_key_jwt (RFC 7523)."`
	Endpoint     fetchedURL `key:"endpoint" default:"\"\"" flags:"empty" example:"https://id.example.com/introspect" doc:"Empty = as the discovery document says."`
	Auth         clientAuth `key:"auth" default:"basic" example:"basic" doc:"How the gateway authenticates there."`
	Always       bool       `key:"always" default:"false" example:"true" doc:"Ask about JWTs too, once they have been verified: who was disabled or signed out is then refused within a minute, not only when the token ends, for a question per token and minute."`
	Opaque       bool       `key:"opaque" default:"false" example:"true" doc:"Where several issuers have introspection: this is the one to ask about tokens that do not say whose they are."`
}

type claimsFile struct {
	Subject  *[]claimPath `key:"subject" default:"preset" flags:"single" example:"sub" doc:"For whom the token speaks: text that is the same for a person in all of the issuer's tokens, and nobody else's, ever."`
	Scopes   *[]claimPath `key:"scopes" default:"preset" flags:"single" example:"[scope, scp]" doc:"The granted scopes."`
	Roles    *[]claimPath `key:"roles" default:"preset" flags:"single" example:"/realm_access/roles" doc:"Roles: text, a list, or a map whose keys count where the value is true."`
	Groups   *[]claimPath `key:"groups" default:"preset" flags:"single" example:"groups" doc:"Groups."`
	ClientID *[]claimPath `key:"client_id" default:"preset" flags:"single" example:"[client_id, azp]" doc:"The OAuth client."`
	Email    *[]claimPath `key:"email" default:"preset" flags:"single" example:"email" doc:"The e-mail address; it counts only if email_verified is not false, which vouches for no claim but one of mail."`
	Name     *[]claimPath `key:"name" default:"preset" flags:"single" example:"[name, preferred_username]" doc:"The display name, for logs."`
}

type scopesFile struct {
	Supported []scope           `key:"supported" default:"['coda:read', 'coda:write']" example:"[\"coda:read\", \"coda:write\"]" doc:"Listed in the protected-resource metadata."`
	Initial   []scope           `key:"initial" default:"[]" example:"[\"coda:read\", \"coda:write\"]" doc:"Asked for in the first challenge; empty = all supported. Many clients register with these and can never get others."`
	Implies   map[scope][]scope `key:"implies" default:"{'coda:admin': ['coda:write'], 'coda:write': ['coda:read']}" example:"{\"coda:write\": [\"coda:read\"]}" doc:"Scopes that include others."`
}

type grantFile struct {
	When  whenFile `key:"when" flags:"required" example:"{scopes: [\"coda:read\"]}" doc:"Conditions that must all hold; of a list any value will do, but all scopes must be there."`
	Allow []string `key:"allow" flags:"required" example:"[read]" doc:"Groups of tools (read, write, destructive, effects, admin), names of tools, or globs over names."`
	// Docs absent is all; empty is an error of the grant's.
	Docs   []string   `key:"docs" flags:"empty" example:"[https://coda.io/d/Roadmap_dAbCdEfGhIj, \"folder:fl-AbC123\"]" doc:"The documents that this grant is for: ids or links of documents, folder:<id or link> or workspace:<id> for all that lies there. Absent = all. What no grant covers does not exist for a person."`
	Hide   []hideFile `key:"hide" example:"[{table: grid-AbC123, columns: [Salary]}]" doc:"Tables and columns that do not exist under this grant. A column is seen where another grant lets read the document and does not hide it."`
	DryRun bool       `key:"dry_run" default:"false" example:"true" doc:"The grant is not in force: the log tells with each call what it would have decided."`
}

type hideFile struct {
	Table   string   `key:"table" flags:"required" example:"grid-AbC123" doc:"Id of a table or view, which then counts in every document that has it, or a link to it."`
	Columns []string `key:"columns" example:"[Salary, c-AbC123]" doc:"Ids or names of columns; absent = the whole table with its views. A name that the table no longer has hides the whole table, ids outlive renaming."`
}

type whenFile struct {
	Scopes       []scope                `key:"scopes" example:"[\"coda:read\"]" doc:"All of these scopes, directly or by scopes.implies."`
	Roles        []string               `key:"roles" example:"[coda-editor]" doc:"One of these roles."`
	Groups       []string               `key:"groups" example:"[/staff]" doc:"One of these groups."`
	Subjects     []string               `key:"subjects" example:"[\"248289761001\"]" doc:"One of these subjects (sub)."`
	Emails       []string               `key:"emails" example:"[ada@example.com]" doc:"One of these e-mail addresses."`
	EmailDomains []string               `key:"email_domains" example:"[example.com]" doc:"An address in one of these domains."`
	ClientIDs    []string               `key:"client_ids" example:"[claude-connector]" doc:"One of these OAuth clients."`
	Issuers      []string               `key:"issuers" example:"[\"https://id.example.com/realms/company\"]" doc:"One of these issuers, as in issuers[].url."`
	Claims       map[string]claimValues `key:"claims" example:"{department: [sales, support]}" doc:"Claim path to an accepted value or a list of them; all must hold."`
}

type codaFile struct {
	BaseURL     serviceURL       `key:"base_url" default:"https://coda.io/apis/v1" example:"https://coda.io/apis/v1" doc:"Coda's API."`
	Token       secretText       `key:"token" flags:"secret" example:"${file:/run/secrets/coda-token}" doc:"The Coda API token for everybody whom no entry of credentials is for; absent = nobody."`
	Credentials []credentialFile `key:"credentials" default:"[]" example:"[{when: {}, directory: /run/coda-tokens, by: email}]" doc:"Whose Coda account people act with: the first entry that is for them decides, also where it has nothing for them. Each has a token, or a directory."`
	Enrollment  enrollmentFile   `key:"enrollment" doc:"People bring their own Coda token."`
	// ToolSets are checked against [Options.ToolSets].
	ToolSets []string    `key:"tool_sets" default:"[]" example:"[sharing]" doc:"Optional sets of tools, switched on beside the core: sharing, publishing, folders, analytics, workspaces, doc_admin. Most of their tools are of the group admin."`
	Budgets  budgetsFile `key:"budgets" doc:"Request rates towards Coda, per Coda account: a number per a length of time."`
}

type credentialFile struct {
	When      lentWhen   `key:"when" flags:"required" example:"{groups: [/finance]}" doc:"Whom it is for: conditions as in access[].when; {} = everybody. An e-mail address counts only where it is known to be verified: the token says email_verified: true, or the provider is known to see to it."`
	Token     secretText `key:"token" flags:"secret" example:"${file:/run/secrets/coda-finance}" doc:"The Coda API token that they act with."`
	Directory filePath   `key:"directory" example:"/run/coda-tokens" doc:"Instead of a token the absolute path of a directory with a file for each person, which holds their Coda API token and is read anew for each call. Whoever has no file has no account."`
	By        lendBy     `key:"by" example:"email" doc:"What the files are named after, percent-encoded: email (in lower case, and verified), or subject, which needs the issuer in when where there are several."`
}

type budgetsFile struct {
	Read      Rate `key:"read" default:"100/6s" example:"100/6s" doc:"Reading."`
	Write     Rate `key:"write" default:"10/6s" example:"10/6s" doc:"Writing data."`
	Content   Rate `key:"content" default:"3/10s" example:"3/10s" doc:"Writing page content."`
	ListDocs  Rate `key:"list_docs" default:"4/6s" example:"4/6s" doc:"Listing documents."`
	Analytics Rate `key:"analytics" default:"100/6s" example:"100/6s" doc:"Reading analytics."`
}

type limitsFile struct {
	Store     storeAddress        `key:"store" default:"\"\"" flags:"empty" example:"rediss://gateway:${file:/run/secrets/valkey}@valkey.example.com:6379/0" doc:"\"\" = this process counts by itself; or the Valkey or Redis in which several replicas count together what people do and what is used of coda.budgets, remember spent confirmations, and tell each other of revoked: redis://host:port/database, rediss:// with TLS. The password, or the whole address, may be ${env:NAME} or ${file:/path}. While it is away, each replica goes on with its part of every limit and budget, and nothing is done that needs a confirmation."`
	CAFile    filePath            `key:"ca_file" default:"\"\"" flags:"empty" example:"/etc/coda-gateway/valkey-ca.pem" doc:"Private certificate authorities for rediss://, PEM, accepted beside the system's: the absolute path of a file."`
	PerPerson personLimitFile     `key:"per_person" doc:"For each person: a subject of an issuer, whatever client they use."`
	PerClient clientLimitFile     `key:"per_client" doc:"For each OAuth client of an issuer, all people together. Clients that register anew for every sign-in count one by one."`
	Tools     map[string]callRate `key:"tools" default:"{}" example:"{coda_upsert_rows: 20/1m}" doc:"For each person and one tool: the tool's name to a number of calls per a length of time."`
}

type personLimitFile struct {
	Calls  callRate `key:"calls" default:"240/1m" example:"240/1m" doc:"How many calls per a length of time; 0 = any number. So many may come at once, and they come back evenly over that time."`
	AtOnce places   `key:"at_once" default:"8" example:"8" doc:"How many calls may run at the same time, in each replica; 0 = any number. More wait their turn for up to 10 s."`
}

type clientLimitFile struct {
	Calls  callRate `key:"calls" default:"0" example:"2000/1m" doc:"How many calls per a length of time; 0 = any number."`
	AtOnce places   `key:"at_once" default:"0" example:"40" doc:"How many calls may run at the same time, in each replica; 0 = any number."`
}

type stateFile struct {
	Store    stateStore   `key:"store" default:"\"\"" flags:"empty" example:"/var/lib/coda-gateway/state.db" doc:"\"\" = memory, which ends with the process; or the absolute path of a file, an SQLite database that only the gateway may read; or postgres://user@host:5432/database, which several replicas may share. The password is in the file that PGPASSFILE names, or in PGPASSWORD."`
	Keys     []secretText `key:"keys" default:"[]" flags:"secret" example:"[\"${file:/run/secrets/state-key}\"]" doc:"The first seals and signs, all open: to change the key, put the new one first and take the old one out after a start with both. 32 bytes or more each, as openssl rand -base64 32 makes them. A file needs one; several replicas need the same, so that each understands a confirmation that another asked for, and goes on with a list that another began. None = a random one, which ends with the process."`
	Keep     keepTime     `key:"keep" default:"24h" example:"24h" doc:"How long the former content of what people change is kept, so that coda_undo can take it back, as a Go duration; 0 = none is."`
	MaxBytes byteSize     `key:"max_bytes" default:"256MiB" example:"256MiB" doc:"The most that is stored. What expires makes room, oldest first; if the rest fills the store, more is refused."`
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
