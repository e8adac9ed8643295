package handshake

// What can be wrong once there is a token.
const (
	CallUnauthorized Code = "call-unauthorized"
	CallForbidden    Code = "call-forbidden"
	CallFailed       Code = "call-failed"
	NoTools          Code = "no-tools"
	ToolFailed       Code = "tool-failed"
)

func callCodes() []Entry {
	return []Entry{
		{Code: CallUnauthorized, Step: FirstCall, Title: "the server does not take the token", Severity: Error,
			Fault: Configuration},
		{Code: CallForbidden, Step: FirstCall, Title: "the server turns the token away for good", Severity: Error,
			Fault: Configuration},
		{Code: CallFailed, Step: FirstCall, Title: "the first request with a token fails", Severity: Error,
			Fault: Configuration, DependsOn: []Code{CallUnauthorized, CallForbidden}},
		{Code: NoTools, Step: ToolList, Title: "this person has no tools", Severity: Error, Fault: Configuration},
		{Code: ToolFailed, Step: ToolCall, Title: "a tool that only reads fails", Severity: Error, Fault: Coda},
	}
}
