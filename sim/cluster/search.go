package cluster

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"lockhouse"
)

// Seen is how a search on another node came to know of a hold.
type Seen struct {
	Node   string
	TookMS int64  // from the hold's acknowledgement to the first search that knew of it
	AsOf   string // how fresh that search said it was
}

// FillAndSearch fills the spare site by the first node, and then searches by the others until they find it full.
func (c *Cluster) FillAndSearch(ctx context.Context) (seen []Seen, err error) {
	for _, n := range c.Nodes[1:] {
		if _, err := c.until(ctx, n, true); err != nil {
			return nil, err
		}
	}
	first := newCaller(c.Nodes[0].URL(), &c.felt)
	for i := range compartments["L"] {
		r, err := first.ask(ctx, http.MethodPut, fmt.Sprintf("/v1/holds/fill-%d", i), c.keys.shop,
			map[string]any{"site_id": c.spare.site, "arrives": c.today, "parcel": inside["L"]}, nil)
		if err == nil && !r.done() {
			err = fmt.Errorf("filling the spare site: %s", r.body)
		}
		if err != nil {
			return nil, err
		}
	}
	full := time.Now()
	for _, n := range c.Nodes[1:] {
		asOf, err := c.until(ctx, n, false)
		if err != nil {
			return nil, err
		}
		seen = append(seen, Seen{Node: n.Name, TookMS: time.Since(full).Milliseconds(), AsOf: asOf})
	}
	return seen, nil
}

// until searches on a node until the spare site is among the sites with room, or is not.
func (c *Cluster) until(ctx context.Context, n *Node, found bool) (asOf string, err error) {
	ask := newCaller(n.URL(), &c.felt)
	q := url.Values{"lat": {"38.96"}, "lon": {"-77.03"}, "day": {c.today}}
	for name, value := range inside["L"] {
		q.Set(name, strconv.Itoa(value))
	}
	err = c.eventually(ctx, "a search on node "+n.Name+" knows of a hold", func() error {
		var view struct {
			Sites []struct{ ID lockhouse.SiteID }
			AsOf  string `json:"as_of"`
		}
		if r, err := ask.ask(ctx, http.MethodGet, "/v1/sites?"+q.Encode(), c.keys.shop, nil, &view); err != nil || !r.done() {
			return fmt.Errorf("%d %s: %w", r.status, r.body, err)
		}
		asOf = view.AsOf
		listed := false
		for _, s := range view.Sites {
			listed = listed || s.ID == c.spare.site
		}
		if listed != found {
			return fmt.Errorf("the site is listed: %t", listed)
		}
		return nil
	})
	return asOf, err
}
