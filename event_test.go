package lockhouse_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	"lockhouse"
)

// TestEventKinds: the list has every constant of the kind, once.
func TestEventKinds(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	listed, declared := lockhouse.EventKinds(), 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == "EventKind" {
			declared++
			word, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil || !slices.Contains(listed, lockhouse.EventKind(word)) {
				t.Errorf("%s is not in EventKinds (%v)", word, err)
			}
		}
		return true
	})
	if declared != len(listed) || declared < 20 {
		t.Errorf("%d are declared, %d listed", declared, len(listed))
	}
}
