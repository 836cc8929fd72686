package main

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/ast/astutil"
)

// except leaves out the diagnostics that `accepted` accepts.
func except(analyzer *analysis.Analyzer, accepted func(*analysis.Pass, analysis.Diagnostic) bool) *analysis.Analyzer {
	run := analyzer.Run
	analyzer.Run = func(pass *analysis.Pass) (any, error) {
		filtered := *pass
		filtered.Report = func(found analysis.Diagnostic) {
			if !accepted(pass, found) {
				pass.Report(found)
			}
		}
		return run(&filtered)
	}
	return analyzer
}

// Methods whose error says nothing that the caller could act on: what must be durable is synced
// before it is closed, and what is killed or removed in passing may be gone already.
var endings = []string{"Close", "close", "Kill", "Release", "Remove", "RemoveAll"}

func errorOfNoUse(pass *analysis.Pass, found analysis.Diagnostic) bool {
	if strings.HasSuffix(pass.Fset.Position(found.Pos).Filename, "_test.go") {
		return true
	}
	return slices.Contains(endings, calledAt(pass, found.Pos))
}

// calledAt is the name of the function whose call surrounds the position most closely.
func calledAt(pass *analysis.Pass, at token.Pos) string {
	for _, file := range pass.Files {
		if at < file.FileStart || at >= file.FileEnd {
			continue
		}
		path, _ := astutil.PathEnclosingInterval(file, at, at)
		for _, node := range path {
			if call, ok := node.(*ast.CallExpr); ok {
				return nameOf(call.Fun)
			}
		}
	}
	return ""
}

func nameOf(function ast.Expr) string {
	switch function := function.(type) {
	case *ast.Ident:
		return function.Name
	case *ast.SelectorExpr:
		return function.Sel.Name
	}
	return ""
}

// http2OnOwnConnections accepts x/net/http2, deprecated in favour of net/http: only there can HTTP/2
// be served on, and spoken over, one connection that is no network's, with frame sizes of one's own.
func http2OnOwnConnections(_ *analysis.Pass, found analysis.Diagnostic) bool {
	return strings.Contains(found.Message, "golang.org/x/net/http2") || strings.Contains(found.Message, "ServeConnOpts")
}
