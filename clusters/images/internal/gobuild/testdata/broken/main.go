// Broken does not compile.
package main

func main() {
	undeclared()
}
