package process

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

const (
	readyPollMS = 20
	askLimitS   = 5 // for one answer
)

// Await asks again and again until ready gives no error, and gives up with that error when ctx ends, or when the process
// has. The end of its log is part of the error.
func (p *Process) Await(ctx context.Context, ready func(context.Context) error) error {
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("ended instead of serving: %w\n%s", err, p.Tail())
		case <-ctx.Done():
			return fmt.Errorf("did not serve: %w\n%s", err, p.Tail())
		case <-time.After(readyPollMS * time.Millisecond):
		}
	}
}

// Ready gives a question for Await: does the server answer at an address with a 2xx?
func Ready(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		status, err := ask(ctx, url)
		if err == nil && status/100 != 2 {
			err = fmt.Errorf("%s answers %d", url, status)
		}
		return err
	}
}

// Answers gives a question for Await: does the server answer at an address, whatever it answers?
func Answers(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := ask(ctx, url)
		return err
	}
}

func ask(ctx context.Context, url string) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, askLimitS*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}
