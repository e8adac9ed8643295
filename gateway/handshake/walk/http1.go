package walk

import (
	"bufio"
	"context"
	"crypto/tls"
	"io"
	"net/http"

	"github.com/bestviable/coda-gateway/gateway/handshake"
)

// alsoHTTP1 looks whether who speaks HTTP/2 speaks HTTP/1.1 as well: the SDKs of Python and Node speak nothing else.
func (w *walker) alsoHTTP1(ctx context.Context) {
	if w.first.proto != "HTTP/2.0" || w.net.behindProxy(w.mcp) != nil {
		return
	}
	w.net.close() // one connection to a host at a time
	ctx, cancel := context.WithTimeout(ctx, w.cfg.RequestTimeout)
	defer cancel()
	err := w.overHTTP1(ctx)
	if err == nil || ctx.Err() != nil {
		return
	}
	w.found(w.first.event, handshake.New(handshake.TLSHandshake, w.mcp.Host+" speaks HTTP/2 only. Claude and most SDKs "+
		"speak HTTP/1.1.", "Make the proxy offer http/1.1 besides h2 (ALPN); a listener meant for gRPC does not work "+
		"here.", "over HTTP/1.1: "+clip(err.Error())))
}

// overHTTP1 asks for the head of the MCP URL by HTTP/1.1. Whatever the answer is, it is one.
func (w *walker) overHTTP1(ctx context.Context) error {
	conn, err := w.net.dial(ctx, "tcp", hostPort(w.mcp))
	if err != nil {
		return nil // it has just answered: that is no matter of HTTP
	}
	defer conn.Close()
	if until, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(until)
	}
	secure := tls.Client(conn, &tls.Config{RootCAs: w.cfg.Roots, MinVersion: tls.VersionTLS12, Time: w.cfg.Now,
		ServerName: w.mcp.Hostname(), NextProtos: []string{"http/1.1"}})
	if err := secure.HandshakeContext(ctx); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, w.mcp.String(), nil)
	if err != nil {
		return nil
	}
	req.Header.Set("User-Agent", w.first.agent)
	req.Header.Set(handshake.DoctorHeader, "1")
	req.Close = true
	if err := req.Write(secure); err != nil {
		return err
	}
	res, err := http.ReadResponse(bufio.NewReader(io.LimitReader(secure, maxHeaders)), req)
	if err != nil {
		return err
	}
	return res.Body.Close()
}
