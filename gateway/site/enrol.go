package site

import (
	"errors"

	"github.com/bestviable/coda-gateway/gateway/connect"
	"github.com/bestviable/coda-gateway/gateway/token"
)

// newEnrol makes the page where people bring their own Coda token, with what only the site knows.
func (s *Site) newEnrol(previous *Site) (err error) {
	if s.cfg.Connect == nil {
		return nil
	}
	cfg := *s.cfg.Connect
	public := s.cfg.PublicURL
	cfg.Resource, cfg.Origin, cfg.Path, cfg.Name = public.Raw, public.Origin, connect.Path(public.Path), s.cfg.Name
	cfg.Scopes, cfg.Log = s.cfg.InitialScopes, s.log
	if cfg.SignIn = s.keyring.SignIn(); cfg.SignIn == nil {
		return errors.New("coda.enrollment: there is no issuer where people sign in")
	}
	cfg.Verify = s.keyring.VerifyFrom
	cfg.Revoked = s.revoked.revoked
	cfg.Refused = s.enrolRefused
	var before *connect.Handler
	if previous != nil {
		before = previous.enrol
	}
	s.enrol, err = connect.New(cfg, before)
	return err
}

// enrolRefused says why somebody who has signed in may bring no token.
func (s *Site) enrolRefused(pr *token.Principal) string {
	if s.revoked.revoked(pr) {
		return "Your access to this gateway was revoked. Ask your administrator."
	}
	return s.door.NoAccess(pr)
}
