// Package contract holds exchanges with Coda against the OpenAPI file that Coda
// publishes: what a client sends as well as what a simulated server answers.
//
// The file has bugs. They are corrected before anything is checked, one by one
// and with the reason; see [Deviations]. The file itself is not part of this
// repository: [New] finds it by the environment variable CODA_OPENAPI, or as
// coda-openapi.yaml in a directory above the test's or beside the checkout, and
// skips the test with the reason where it is not there.
//
//	spec := contract.New(t)
//	srv := codatest.New(t, codatest.Options{OnExchange: func(e codatest.Exchange) {
//		if err := spec.Check(e); err != nil {
//			t.Error(err)
//		}
//	}})
package contract
