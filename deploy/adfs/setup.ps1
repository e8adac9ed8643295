# Creates the gateway's application group at AD FS: the scopes, the client for Claude and the Web API. What exists already
# is left alone, except for the Web API's rules, which are set again.
#
#   .\setup.ps1 -McpUrl https://mcp.example.com/mcp
#
# Needs AD FS 2019 or later; run it on the primary federation server, as an administrator.
[CmdletBinding()]
param(
    # The gateway's public_url, byte for byte.
    [Parameter(Mandatory)] [uri] $McpUrl,
    [string] $Group = 'Coda MCP'
)
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$identifier = $McpUrl.OriginalString

foreach ($scope in 'coda:read', 'coda:write') {
    if (-not (Get-AdfsScopeDescription -Name $scope)) {
        Add-AdfsScopeDescription -Name $scope -Description "The Coda MCP gateway: $scope"
    }
}

if (-not (Get-AdfsApplicationGroup -ApplicationGroupIdentifier $Group)) {
    New-AdfsApplicationGroup -Name $Group -ApplicationGroupIdentifier $Group
}

$client = Get-AdfsNativeClientApplication -Name "$Group - Claude"
if (-not $client) {
    Add-AdfsNativeClientApplication -Name "$Group - Claude" -ApplicationGroupIdentifier $Group `
        -Identifier ([guid]::NewGuid().ToString()) `
        -RedirectUri 'https://claude.ai/api/mcp/auth_callback', 'https://claude.com/api/mcp/auth_callback'
    $client = Get-AdfsNativeClientApplication -Name "$Group - Claude"
}

# Who they are, their address, and the groups that begin with "Coda".
$rules = @'
@RuleName = "sub"
c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/primarysid"]
 => issue(Type = "sub", Value = c.Value);

@RuleName = "address and name"
c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname", Issuer == "AD AUTHORITY"]
 => issue(store = "Active Directory", types = ("email", "upn", "unique_name"),
          query = ";mail,userPrincipalName,displayName;{0}", param = c.Value);

@RuleName = "groups, looked up"
c:[Type == "http://schemas.microsoft.com/ws/2008/06/identity/claims/windowsaccountname", Issuer == "AD AUTHORITY"]
 => add(store = "Active Directory", types = ("urn:coda:group"), query = ";tokenGroups;{0}", param = c.Value);

@RuleName = "groups, those of Coda"
c:[Type == "urn:coda:group", Value =~ "^Coda "]
 => issue(Type = "group", Value = c.Value);
'@

if (-not (Get-AdfsWebApiApplication -Identifier $identifier)) {
    Add-AdfsWebApiApplication -Name "$Group - gateway" -ApplicationGroupIdentifier $Group -Identifier $identifier `
        -AccessControlPolicyName 'Permit everyone' -IssuanceTransformRules $rules
}
else {
    Set-AdfsWebApiApplication -TargetIdentifier $identifier -IssuanceTransformRules $rules
}

$granted = Get-AdfsApplicationPermission -ClientRoleIdentifiers $client.Identifier |
    Where-Object { $_.ServerRoleIdentifier -eq $identifier }
if (-not $granted) {
    Grant-AdfsApplicationPermission -ClientRoleIdentifier $client.Identifier -ServerRoleIdentifier $identifier `
        -ScopeNames 'openid', 'coda:read', 'coda:write'
}

$properties = Get-AdfsProperties
[pscustomobject]@{
    url       = $properties.Identifier.OriginalString
    sign_in   = "https://$($properties.HostName)/adfs"
    client_id = $client.Identifier
}
