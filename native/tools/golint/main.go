// Command golint is the project's linter list as one tool for `go vet -vettool`, which runs it with
// the build's own type information and caches its results per package.
package main

import (
	"slices"

	"github.com/gordonklaus/ineffassign/pkg/ineffassign"
	"github.com/kisielk/errcheck/errcheck"
	"github.com/polyfloyd/go-errorlint/errorlint"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/nilness"
	"golang.org/x/tools/go/analysis/passes/reflectvaluecompare"
	"golang.org/x/tools/go/analysis/passes/sortslice"
	"golang.org/x/tools/go/analysis/passes/unusedwrite"
	"golang.org/x/tools/go/analysis/suite/vet"
	"golang.org/x/tools/go/analysis/unitchecker"
	"honnef.co/go/tools/analysis/lint"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/stylecheck"
	"honnef.co/go/tools/unused"
)

// Style checks that argue about taste the project does not share.
var off = []string{
	"ST1000", // a package comment in every package: a package of one small file explains itself
	"ST1003", // initialisms: generated names differ
	"ST1020", // comments that begin with the name
	"ST1021",
	"ST1022",
}

func main() {
	analyzers := slices.Concat(vet.Suite, []*analysis.Analyzer{
		except(errcheck.Analyzer, errorOfNoUse),
		errorlint.NewAnalyzer(),
		ineffassign.Analyzer,
		nilness.Analyzer,
		reflectvaluecompare.Analyzer,
		sortslice.Analyzer,
		unused.Analyzer.Analyzer,
		unusedwrite.Analyzer,
	})
	for _, group := range [][]*lint.Analyzer{staticcheck.Analyzers, simple.Analyzers, stylecheck.Analyzers} {
		for _, each := range group {
			switch {
			case slices.Contains(off, each.Analyzer.Name):
			case each.Analyzer.Name == "SA1019":
				analyzers = append(analyzers, except(each.Analyzer, http2OnOwnConnections))
			default:
				analyzers = append(analyzers, each.Analyzer)
			}
		}
	}
	unitchecker.Main(analyzers...)
}
