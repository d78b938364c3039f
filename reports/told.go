package reports

// Sound is the result as Encode writes it: a check without a known verdict, or whose
// statistics are no numbers, is not passed; lists are never nil; times are in UTC.
func (r Result) Sound() Result { return r.sound() }

// Why says in one line why the check did not pass, in the words of the terminal and of
// JUnit. It is safe for a terminal.
func (c Check) Why() string { return c.summary() }
