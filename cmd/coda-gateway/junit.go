package main

import (
	"encoding/xml"
	"strings"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// junitSuites is a report as CI systems read it: a case for each step, and one for each client.
type junitSuites struct {
	XMLName xml.Name     `xml:"testsuites"`
	Suites  []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitMessage `xml:"failure,omitempty"`
	Skipped *junitMessage `xml:"skipped,omitempty"`
	Out     string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

// junit writes a report in JUnit's form.
func junit(r *handshake.Report) []byte {
	steps := junitSuite{Name: "steps of " + r.URL}
	for _, s := range handshake.Steps() {
		c := junitCase{Class: "doctor.steps", Name: s.String()}
		var wrong, other []string
		walked := s <= r.Reached
		for _, f := range r.Findings() {
			switch {
			case f.Step != s:
			case f.Severity == handshake.Error:
				wrong = append(wrong, junitFinding(f))
			default:
				other = append(other, junitFinding(f))
			}
		}
		switch {
		case len(wrong) > 0:
			c.Failure = &junitMessage{Message: "clients are stopped here", Text: strings.Join(wrong, "\n\n")}
		case !walked:
			c.Skipped = &junitMessage{Message: "the walk did not come so far"}
		}
		c.Out = strings.Join(other, "\n\n")
		steps.add(c)
	}
	clients := junitSuite{Name: "clients of " + r.URL}
	for _, v := range r.Verdicts {
		c := junitCase{Class: "doctor.clients", Name: v.Name}
		switch v.Outcome {
		case handshake.Stops:
			c.Failure = &junitMessage{Message: v.Text}
		case handshake.Unknown:
			c.Skipped = &junitMessage{Message: v.Text}
		}
		clients.add(c)
	}
	// Nothing in it can fail to be written: it is strings and numbers.
	out, _ := xml.MarshalIndent(junitSuites{Suites: []junitSuite{steps, clients}}, "", "  ")
	return append([]byte(xml.Header), append(out, '\n')...)
}

func junitFinding(f handshake.Finding) string {
	return string(f.Severity) + " " + string(f.Code) + ": " + f.Text + "\n" + f.Cure + "\n" + f.URL
}
