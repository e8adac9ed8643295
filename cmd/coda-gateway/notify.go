package main

import (
	"net"

	"github.com/bestviable/coda-gateway/gateway"
)

// notify tells systemd of a stage of the process, where systemd asked for it (sd_notify, Type=notify). Nothing
// depends on it: what fails is left alone.
func notify(env func(string) (string, bool), stage gateway.Stage) {
	socket, _ := env("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	message := map[gateway.Stage]string{gateway.Ready: "READY=1", gateway.Stopping: "STOPPING=1"}[stage]
	// A name that begins with @ is in Linux's abstract namespace, which package net spells the same way.
	conn, err := net.Dial("unixgram", socket)
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(message))
}
