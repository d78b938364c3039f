// Package ports takes a TCP port, or says who has it.
//
// [Listen] gives the open listener itself: between finding a port free and
// using it no other process can take it.
package ports
