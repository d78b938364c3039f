// Package docker asks a container engine through the docker command, the only
// client that reaches every kind of engine address (socket, TCP, SSH, context).
//
// A [Client] is bound to one engine. Everything that it starts ends with its
// context, and an error carries the last lines that the command printed.
package docker
