// Package grid shows the results of many runs side by side: cells of a matrix with the latest
// verdict and the history of each, the checks that are not passed everywhere, how often a check
// ends differently on the same subject, and from which version on one fails.
//
//	results, unread, err := matrix.Results(os.DirFS("out"), "out")
//	g := grid.Of(results, unread, plan.Cells)
//	err = grid.HTML(w, g)
//
// A cell is what was tested, as the results themselves say it (matrix.SubjectOf). Planned cells of
// which there is no result are shown as such. Everything in a Grid that comes from a result is one
// line without control characters; HTML and Markdown escape it for what they are.
//
// The package shows and counts. It decides nothing: that is the gate's.
package grid
