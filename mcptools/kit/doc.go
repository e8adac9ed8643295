// Package kit is the frame around the tools: what a tool is, how its arguments are read, how a call runs and how it is
// answered.
//
// A tool is a [Spec] and a handler, joined by [Tool]. Its arguments are one struct whose tags say everything about them
// (see parameters.go); schema, decoding and errors come from there. The handler gets a [Call] and gives an [Answer];
// failures become sentences in one place (failure.go), what comes out of documents is marked in one place (marks.go),
// and what destroys asks first (confirm.go). References, the waiting for writes and the memory of recent ones are here
// too, because all rooms lean on them.
package kit
