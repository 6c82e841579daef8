package api

import (
	"context"
	"net/http"

	"lockhouse/watch"
)

type queuesView struct {
	Queues []QueueView `json:"queues" doc:"Of the node that answers; those of the store are the same on each."`
}

// QueueView is how a queue stands.
type QueueView struct {
	Name    string `json:"name" example:"mails"`
	Length  int    `json:"length" doc:"Entries that wait."`
	Bound   int    `json:"bound" doc:"Entries that may wait; 0 where it is their age that is bounded."`
	MaxAgeS int    `json:"max_age_s" doc:"How old an entry may become, in seconds; 0 where it is their number that is bounded."`
	OldestS int    `json:"oldest_s" doc:"How long the first has waited, in seconds; 0 when none waits or nobody knows."`
	Beyond  string `json:"beyond" doc:"What happens to the next one."`
}

func viewQueue(q watch.Queued) QueueView {
	return QueueView{q.Name, q.Length, q.Bound, int(q.MaxAge.Seconds()), int(q.Oldest.Seconds()), q.Beyond}
}

func (a *API) operatorQueues() {
	add(a, route{
		method: http.MethodGet, path: "/v1/operator/queues", id: "listQueues", tag: tagOperator, who: byOperator,
		summary: "What waits, and how much may", about: "Those in the store were counted a few seconds ago.",
	}, func(context.Context, *struct{}) (*body[queuesView], error) {
		return answer(queuesView{listOf(a.Queues(), viewQueue)}), nil
	})
}
