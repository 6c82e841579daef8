package updates

import (
	"cmp"
	"encoding/hex"
	"path"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"lockhouse/edge/update"
)

// maxFormer is how many versions before the newest stay listed, for each channel and architecture. A locker runs one of them until it has
// tried the newest; when the key of the targets has changed meanwhile, it runs it by this list. Nobody fetches them.
const maxFormer = 8

// replace lists a program under its name, and the one that it replaces as a former one.
func replace(targets map[string]*metadata.TargetFiles, name string, file *metadata.TargetFiles) {
	dir, base := path.Split(name)
	formerName := func(f *metadata.TargetFiles) string {
		return path.Join(dir, hex.EncodeToString(f.Hashes["sha256"]), base)
	}
	if was := targets[name]; was != nil {
		targets[formerName(was)] = was
	}
	delete(targets, formerName(file))
	targets[name] = file
	var former []string
	for other := range targets {
		if match, _ := path.Match(path.Join(dir, "*", base), other); match {
			former = append(former, other)
		}
	}
	slices.SortFunc(former, func(a, b string) int {
		return cmp.Compare(update.CustomOf(targets[b]).Number, update.CustomOf(targets[a]).Number)
	})
	for _, old := range former[min(len(former), maxFormer):] {
		delete(targets, old)
	}
}
