// Package ship tries the ways in which the program reaches people: the Debian package, the unit of systemd, the
// container image, and the release. It holds tests only, since all of these are files in deploy and commands in .ci.
//
// What can be run is run: the package is installed, upgraded and removed in a copy of this machine's files that
// vanishes afterwards, with a systemd of its own as the first process. Where that cannot be had, the test prints why.
package ship
