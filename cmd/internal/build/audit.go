package build

import (
	"github.com/bestviable/coda-gateway/config"
	"github.com/bestviable/coda-gateway/gateway/audit"
	"github.com/bestviable/coda-gateway/gateway/call"
)

// auditing is the record of who did what, and what the configuration in force says of it.
type auditing struct {
	log      *audit.Log
	to       string
	required bool
}

// auditFor prepares what a configuration says. use puts it in force, for all sites from then on, and drop forgets it.
func (b *Builder) auditFor(cfg *config.Config) (use, drop func(), err error) {
	next := auditing{to: string(cfg.Audit.To), required: cfg.Audit.Required}
	before := b.audit.Load()
	if before == nil {
		next.log = audit.New(audit.Config{Stdout: b.Stdout, Log: b.Log})
	} else {
		next.log = before.log
	}
	if before != nil && before.to == next.to || before == nil && next.to == "" {
		return func() { b.audit.Store(&next) }, func() {}, nil
	}
	sink, err := next.log.Open(next.to)
	if err != nil {
		return nil, nil, err
	}
	use = func() {
		next.log.Use(sink)
		b.audit.Store(&next)
	}
	return use, func() { _ = sink.Close() }, nil
}

// recordStart records a call that is about to change something, where the configuration wants that.
func (b *Builder) recordStart(c *call.Call) error {
	if a := b.audit.Load(); a != nil && a.required {
		return a.log.Start(c)
	}
	return nil
}

// recordEnd records a call that has ended.
func (b *Builder) recordEnd(c *call.Call) {
	if a := b.audit.Load(); a != nil {
		a.log.End(c, a.required)
	}
}

// AuditTrouble says for readiness why the record is not written; empty in good times.
func (b *Builder) AuditTrouble() string {
	if a := b.audit.Load(); a != nil {
		return a.log.Trouble()
	}
	return ""
}

// ReopenAudit opens the record's file by its name again, after it was renamed.
func (b *Builder) ReopenAudit() {
	a := b.audit.Load()
	if a == nil {
		return
	}
	if err := a.log.Reopen(); err != nil {
		b.Log.Error().Err(err).Msg("the audit log file cannot be reopened")
	}
}

// CloseAudit ends the record.
func (b *Builder) CloseAudit() error {
	if a := b.audit.Load(); a != nil {
		return a.log.Close()
	}
	return nil
}
