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

// errorOfNoUse also accepts `<-done`: who only waits has its reasons.
func errorOfNoUse(pass *analysis.Pass, found analysis.Diagnostic) bool {
	if strings.HasSuffix(pass.Fset.Position(found.Pos).Filename, "_test.go") {
		return true
	}
	switch expression := expressionAt(pass, found.Pos).(type) {
	case *ast.UnaryExpr:
		return expression.Op == token.ARROW
	case *ast.CallExpr:
		return slices.Contains(endings, nameOf(expression.Fun))
	}
	return false
}

// expressionAt is the innermost call or unary expression around the position.
func expressionAt(pass *analysis.Pass, at token.Pos) ast.Node {
	for _, file := range pass.Files {
		if at < file.FileStart || at >= file.FileEnd {
			continue
		}
		path, _ := astutil.PathEnclosingInterval(file, at, at)
		for _, node := range path {
			switch node.(type) {
			case *ast.CallExpr, *ast.UnaryExpr:
				return node
			}
		}
	}
	return nil
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
