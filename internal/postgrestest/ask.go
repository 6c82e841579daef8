package postgrestest

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Sessions counts the sessions of an application, by its application_name.
func (s *Server) Sessions(ctx context.Context, application string) (n int, err error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return 0, err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1", application).Scan(&n)
	return n, err
}

// exec runs statements as the superuser.
func (s *Server) exec(ctx context.Context, statements ...string) error {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// until asks again and again until a query gives true.
func (s *Server) until(ctx context.Context, limitS int, what, query string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(limitS)*time.Second)
	defer cancel()
	for {
		yes, err := s.asks(ctx, query)
		if err == nil && yes {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited %d s in vain until %s (%v):\n%s", limitS, what, err, s.process.Tail())
		case <-time.After(pairPollMS * time.Millisecond):
		}
	}
}

func (s *Server) asks(ctx context.Context, query string) (yes bool, err error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return false, err
	}
	defer conn.Close(ctx)
	err = conn.QueryRow(ctx, query).Scan(&yes)
	return yes, err
}
