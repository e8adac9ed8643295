// Package hunt looks for lies: it has no code of its own but a test that calls every writing tool at random and
// holds what the answers claim against what truly happened.
//
// A world is a simulated Coda with all of its manners, whose tables have columns of every type and names that get
// in the way. Calls are right, or broken in ways that models break them; other people change the doc in between,
// also between a tool's read and its write; budgets, lost connections and refusals come on top. The simulated Coda
// tells for each request what it changed when it was applied. From that the test knows what a call did, and what
// it did not: counts, ids, former values, "nothing was written", "pending" and "applied" have to agree with it,
// and what an answer offers as undo is executed and has to bring back what was there, or the answer has to have
// said that it cannot.
//
// Everything follows from a seed; time is that of a testing/synctest bubble, so that hours pass in seconds. A lie
// is printed with the calls that lead to it, shortened to those that it takes.
package hunt
