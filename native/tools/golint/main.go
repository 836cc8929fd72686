// Command golint is the project's linter list as one tool for `go vet -vettool`, which runs it with
// the build's own type information and caches its results per package.
package main

import (
	"github.com/gordonklaus/ineffassign/pkg/ineffassign"
	"github.com/kisielk/errcheck/errcheck"
	"github.com/polyfloyd/go-errorlint/errorlint"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/nilness"
	"golang.org/x/tools/go/analysis/passes/reflectvaluecompare"
	"golang.org/x/tools/go/analysis/passes/sortslice"
	"golang.org/x/tools/go/analysis/passes/unusedwrite"
	"golang.org/x/tools/go/analysis/unitchecker"
	"honnef.co/go/tools/analysis/lint"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/stylecheck"
	"honnef.co/go/tools/unused"
)

// Style checks that argue about taste the project does not share.
var off = map[string]bool{
	"ST1000": true, // a package comment in every package: a package of one small file explains itself
	"ST1020": true, // comments that begin with the name
	"ST1021": true,
	"ST1022": true,
	"ST1003": true, // initialisms: generated names differ
}

// Calls whose error says nothing that the code could act on. What must be durable is synced before
// it is closed, so a failed Close loses nothing.
var unchecked = []string{
	"(*os.File).Close",
	"(io.Closer).Close",
	"(io.ReadCloser).Close",
	"(io.WriteCloser).Close",
	"(io.ReadWriteCloser).Close",
	"(net.Conn).Close",
	"(*net.UnixConn).Close",
	"(net.Listener).Close",
	"(*net.UnixListener).Close",
	"(*os.Process).Kill",
	"(*os.Process).Release",
	"os.Remove",
	"os.RemoveAll",
	"golang.org/x/sys/unix.Close",
	"(*golang.org/x/net/http2.ClientConn).Close",
	"(*net/http.Server).Close",
}

func main() {
	errcheck.DefaultExcludedSymbols = append(errcheck.DefaultExcludedSymbols, unchecked...)
	analyzers := []*analysis.Analyzer{
		errcheck.Analyzer,
		errorlint.NewAnalyzer(),
		ineffassign.Analyzer,
		nilness.Analyzer,
		reflectvaluecompare.Analyzer,
		sortslice.Analyzer,
		unused.Analyzer.Analyzer,
		unusedwrite.Analyzer,
	}
	for _, group := range [][]*lint.Analyzer{staticcheck.Analyzers, simple.Analyzers, stylecheck.Analyzers} {
		for _, each := range group {
			if !off[each.Analyzer.Name] {
				analyzers = append(analyzers, each.Analyzer)
			}
		}
	}
	unitchecker.Main(analyzers...)
}
