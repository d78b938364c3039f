package traces

import "encoding/binary"

// detail adds to a hash what may be compared of one node beyond its label.
func detail(n *vertex, h uint64) uint64 {
	h = text(h, n.to)
	if n.want != nil {
		h = text(mix(h+uint64(n.want.Status)), n.want.Flags)
		if n.want.Error != nil && *n.want.Error {
			return mix(h + 2)
		}
		if n.want.Error != nil {
			return mix(h + 1)
		}
		return h
	}
	h = text(mix(h+uint64(n.span.Status)), n.span.Flags)
	if n.span.Error {
		h = mix(h + 2)
	}
	return h
}

// offset and prime are those of the 64-bit FNV-1a hash.
const (
	offset = 14695981039346656037
	prime  = 1099511628211
)

// text adds a string to a hash, eight bytes at a time, and its length.
func text(h uint64, s string) uint64 {
	h ^= uint64(len(s)) * prime
	for len(s) >= 8 {
		h = mix(h ^ binary.LittleEndian.Uint64([]byte(s[:8])))
		s = s[8:]
	}
	var rest uint64
	for i := range len(s) {
		rest = rest<<8 | uint64(s[i])
	}
	return mix(h ^ rest)
}

// mix is the finalizer of splitmix64.
func mix(h uint64) uint64 {
	h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9
	h = (h ^ (h >> 27)) * 0x94d049bb133111eb
	return h ^ (h >> 31)
}
