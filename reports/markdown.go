package reports

import "strings"

// Code is text as a code span of Markdown: nothing in it is markup, a link, a mention or the end
// of a table's cell. A vertical bar, for which no renderer agrees on an escape within code, is
// shown as `\x7c`.
func Code(text string) string {
	text = strings.ReplaceAll(SafeLine(text), "|", `\x7c`)
	if text == "" {
		return ""
	}
	longest := 0
	for run := 0; run < len(text); run++ {
		ticks := len(text[run:]) - len(strings.TrimLeft(text[run:], "`"))
		longest = max(longest, ticks)
		run += ticks
	}
	fence := strings.Repeat("`", longest+1)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}
