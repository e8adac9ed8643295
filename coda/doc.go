// Package coda is a client for version 1 of the Coda API (Coda is also known as Superhuman Docs): every operation that
// concerns documents, in the terms of https://coda.io/developers/apis/v1, together with what the API leaves to its
// callers.
//
// Coda's API is easy to call and hard to call well, and most of this package is about the second half. Writes are
// accepted with 202 and applied ten or twenty seconds later, reads come from a snapshot that lags behind, budgets are
// counted per account and their refusal says nothing about when to return, long lists time out, and a cell value that
// does not fit its column is stored as broken text instead of being refused. So the client
//
//   - keeps below the published rates before Coda has to refuse ([Budget]), cools down after a 429, and gives up in
//     words
//     when a refusal does not pass;
//   - repeats only what is harmless to repeat, and reports a write that it lost sight of as [ErrFateUnknown];
//   - turns each accepted write into a [Mutation] whose end [Client.WaitMutation] can wait for;
//   - checks rows against the table's columns before it sends them ([Client.UpsertRows]), and cuts them into requests
//     that
//     Coda accepts;
//   - understands pasted links, ids and names ([ParseRef], [Client.Resolve]) and refuses ambiguous names;
//   - asks [Config.Guard] about every document that a call touches.
//
// # Decoding
//
// Coda adds fields and enum members without notice. Decoding therefore never fails over them: enums are strings,
// unknown fields stay available in each object's Raw, a field of an unexpected type is left at its zero value, and cell
// values are kept as JSON ([Cell]) until they are asked for.
//
// # Progress
//
// Calls can take long, mostly by waiting. [WithObserver] attaches a function to a context that hears of each request,
// wait, retry, chunk and poll as an [Event] that prints as a sentence.
//
// # Errors
//
// Every failure of a request is an [*Error]. What this package finds out by itself has types of its own:
// [*ValidationError] for rows, [*UnknownNameError] and [*AmbiguousError] for names, [*PageOwnsObjectsError] for pages.
// For all of them the sentinels ([ErrNotFound], [ErrInvalid] …) tell the kinds apart by [errors.Is], and the text says
// what to do next.
package coda
