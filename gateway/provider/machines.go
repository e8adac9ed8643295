package provider

import "strings"

// Issuers of machines: what a job of theirs asks for a token gets one, and nobody signs in.

func github() *Provider {
	return &Provider{
		Name: "github", Title: "GitHub Actions", Aliases: []string{"github-actions", "githubactions", "gha"},
		Tokens: Tokens{
			ClientID: []string{"repository"}, Groups: []string{"repository_owner"}, Name: []string{"workflow"},
		},
		NeverIssuer: githubNever,
		Elsewhere:   "a workflow asks GitHub for a token itself, and nobody signs in: write sign_in: none",
		GrantBy:     "client_ids",
		WithoutScopes: "GitHub's tokens name the workflow: write grants with when: {client_ids: [owner/repository], " +
			"claims: " +
			"{ref: refs/heads/main}}",
		Lacks: "scopes, e-mail, and anything about rights in Coda",
		Everybody: func(url string) string {
			if url != "https://token.actions.githubusercontent.com" {
				return ""
			}
			return "every repository on GitHub gets tokens from it, for any audience that a workflow asks for"
		},
		Own: []string{"repository", "repository_id", "repository_owner", "repository_owner_id"},
		Wrong: "GitHub's issuer is https://token.actions.githubusercontent.com, on an Enterprise Server " +
			"https://<host>/_services/token",
		Console: []string{
			"In the workflow: permissions: {id-token: write}.",
			"Ask for the token with audience=<public_url>: core.getIDToken('<public_url>'), or a request to " +
				"$ACTIONS_ID_TOKEN_REQUEST_URL&audience=<public_url>.",
			"Send it as a bearer token within five minutes.",
		},
		Cures: []Cure{
			{Reason: "audience", Text: "The workflow asked for another audience (without one GitHub puts the owner's URL " +
				"into `aud`): ask for audience=<public_url>."},
			{Reason: "client", Text: "The token is from the repository <client>: if its workflows should have access, " +
				"add it to `client_ids`."},
			{Reason: "expired", Text: "GitHub's tokens live five minutes: have the job ask for a fresh one before the call."},
		},
	}
}

func gitlab() *Provider {
	return &Provider{
		Name: "gitlab", Title: "GitLab CI", Aliases: []string{"gitlab-ci", "gitlabci"},
		Tokens: Tokens{
			ClientID: []string{"project_path"}, Groups: []string{"namespace_path"}, Name: []string{"user_login"},
		},
		NeverIssuer: gitlabNever,
		Elsewhere:   "a job gets its token directly from GitLab, and nobody signs in: write sign_in: none",
		GrantBy:     "client_ids",
		WithoutScopes: "GitLab's tokens name the job: write grants with when: {client_ids: [group/project], claims: " +
			"{ref_protected: \"true\"}}",
		Lacks: "scopes, and a person: user_login and user_email name who pushed, and do not count as the caller",
		Everybody: func(url string) string {
			if strings.TrimSuffix(url, "/") != "https://gitlab.com" {
				return ""
			}
			return "every project on gitlab.com gets tokens from it, for any audience that a job asks for"
		},
		Own:   []string{"project_path", "project_id", "namespace_path", "namespace_id"},
		Wrong: "GitLab's issuer is the address of the instance, such as https://gitlab.com",
		Console: []string{
			"In .gitlab-ci.yml, in the job: id_tokens: {CODA_TOKEN: {aud: <public_url>}}.",
			"Send $CODA_TOKEN as a bearer token; it lives as long as the job may run.",
		},
		Cures: []Cure{
			{Reason: "audience", Text: "The job asked for another audience: write `aud: <public_url>` below `id_tokens` in " +
				".gitlab-ci.yml."},
			{Reason: "client", Text: "The token is from the project <client>: if its jobs should have access, add it to " +
				"`client_ids`."},
			{Reason: "unknown_issuer", When: func(c Case) bool {
				return !strings.HasPrefix(c.text("iss"), "https://") && c.text("iss") != ""
			}, Text: "CI_JOB_JWT of older GitLabs has a host name as its issuer and no audience: use `id_tokens`."},
		},
	}
}
