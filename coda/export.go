package coda

import "net/http"

func (c *Client) checkBlobRedirect(req *http.Request, via []*http.Request) error {
	return http.ErrUseLastResponse
}
