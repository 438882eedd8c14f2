package snow

import (
	"errors"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func signedIn(t *testing.T, told func(Token) error) *Client {
	t.Helper()
	client, err := OAuth(os.Getenv("SNOW_INSTANCE"), "snow-client", "snow-secret", nil)
	if err == nil {
		t.Cleanup(func() { client.Close() })
		err = client.OnToken(told)
	}
	if err == nil {
		err = client.Login("admin", "admin")
	}
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func expire(t *testing.T, client *Client) {
	t.Helper()
	token, err := client.Token()
	if err == nil {
		err = client.SetToken(regexp.MustCompile(`"expires_at": *[0-9.]+`).ReplaceAll(token, []byte(`"expires_at":1`)))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// One client for many goroutines, whose token ends while they run: one of them renews it, and tells it.
func TestGoroutines(t *testing.T) {
	tokens := 0 // Calls for two tokens never overlap.
	client := signedIn(t, func(Token) error { tokens++; return nil })
	expire(t, client)
	query := &Query{Limit: 5, OrderBy: []string{"number"}}
	var group sync.WaitGroup
	for i := 0; i < 200; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			count, rows := 0, client.List("incident", query)
			defer rows.Close()
			for rows.Next() {
				var row map[string]any
				if err := rows.Decode(&row); err != nil || !strings.HasPrefix(row["number"].(string), "INC") {
					t.Error(row, err)
				}
				count++
			}
			if rows.Err() != nil || count != 5 {
				t.Error(count, rows.Err())
			}
		}()
	}
	group.Wait()
	if tokens != 2 {
		t.Error(tokens, "tokens")
	}
}

func TestCallbackFails(t *testing.T) {
	var end func() error
	client := signedIn(t, func(Token) error {
		if end != nil {
			return end()
		}
		return nil
	})
	mine := errors.New("the disk is full")
	end = func() error { return mine }
	expire(t, client)
	var wrong *Error
	if err := client.Get("incident", "0", nil, nil); !errors.Is(err, mine) || !errors.As(err, &wrong) ||
		wrong.StatusName != "SNOW_CALLBACK_FAILED" {
		t.Error(err)
	}
	end = func() error { panic("on purpose") }
	expire(t, client)
	func() {
		defer func() {
			if panicked := recover(); panicked != "on purpose" {
				t.Error(panicked)
			}
		}()
		t.Error(client.Get("incident", "0", nil, nil))
	}()
	// It may call the client that it belongs to.
	end = func() error { return client.Get("incident", "0", nil, nil) }
	expire(t, client)
	if err := client.Delete("incident", "0"); !errors.As(err, &wrong) || !errors.As(wrong.Unwrap(), &wrong) ||
		wrong.StatusName != "SNOW_NOT_FOUND" {
		t.Error(err)
	}
}

// With nil no token is told, and a callback that ends its goroutine is told so.
func TestCallbackThatCannotReturn(t *testing.T) {
	tokens := 0
	client := signedIn(t, func(Token) error { tokens++; return nil })
	if err := client.OnToken(nil); err != nil {
		t.Error(err)
	}
	expire(t, client)
	if rows := client.List("incident", &Query{Limit: 1}); !rows.Next() || tokens != 1 {
		t.Error(tokens, rows.Err())
	}
	if err := client.OnToken(func(Token) error { runtime.Goexit(); return nil }); err != nil {
		t.Error(err)
	}
	expire(t, client)
	ended := make(chan any)
	go func() {
		defer func() { ended <- recover() }()
		t.Error(client.Get("incident", "0", nil, nil))
	}()
	if panicked, ok := (<-ended).(string); !ok || !strings.Contains(panicked, "return an error, or panic") {
		t.Error(panicked)
	}
}

// C would end a text at its NUL.
func TestNUL(t *testing.T) {
	client, err := Basic(os.Getenv("SNOW_INSTANCE"), "admin", "admin")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var made struct {
		Key string `json:"sys_id"`
	}
	if err := client.Create("incident", map[string]string{"short_description": "stays"}, &made); err != nil {
		t.Fatal(err)
	}
	if err := client.Delete("incident", made.Key+"\x00' OR 1"); !errors.Is(err, ErrNUL) ||
		!strings.HasSuffix(err.Error(), ": sys_id") {
		t.Error(err)
	}
	for _, query := range []*Query{
		{Encoded: "active=true\x00"}, {Where: []Condition{{"number", "=", "INC\x00"}}}, {OrderBy: []string{"number\x00"}},
		{Where: []Condition{{"number", "ISEMPTY", "\x00"}}}, {Fields: []string{"number\x00"}},
	} {
		if rows := client.List("incident", query); rows.Next() || !errors.Is(rows.Err(), ErrNUL) {
			t.Error(query, rows.Err())
		}
	}
	if _, err := Basic("dev12345", "admin", "admin\x00"); !errors.Is(err, ErrNUL) ||
		!strings.HasSuffix(err.Error(), ": password") {
		t.Error(err)
	}
	if _, err := OAuth("dev12345", "id", "secret", Token("{}\x00")); !errors.Is(err, ErrNUL) {
		t.Error(err)
	}
	if err := client.Delete("incident", made.Key); err != nil {
		t.Error(err)
	}
}

func memory(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	kilobytes, err := strconv.Atoi(string(regexp.MustCompile(`VmRSS:\s+(\d+)`).FindSubmatch(status)[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes
}

// Rows that are left without Close keep nothing: each had a few hundred kilobytes.
func TestRowsThatAreLeft(t *testing.T) {
	client, err := Basic(os.Getenv("SNOW_INSTANCE"), "admin", "admin")
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	before := 0
	for round := 0; round < 12; round++ {
		if round == 2 {
			before = memory(t)
		}
		for list := 0; list < 30; list++ {
			if rows := client.List("incident", nil); !rows.Next() {
				t.Fatal(rows.Err())
			}
		}
		runtime.GC()
	}
	if after := memory(t); after > before+50_000 {
		t.Error(after-before, "kB")
	}
}

func TestRecords(t *testing.T) {
	client, err := Basic(os.Getenv("SNOW_INSTANCE"), "admin", "admin")
	if err != nil {
		t.Fatal(err)
	}
	var made map[string]any
	if err := client.Create("incident", map[string]string{"short_description": "naïve 😀"}, &made); err != nil ||
		made["short_description"] != "naïve 😀" {
		t.Fatal(made, err)
	}
	key := made["sys_id"].(string)
	if err := client.Update("incident", key, map[string]string{"state": "2"}, nil); err != nil {
		t.Error(err)
	}
	query := &Query{Fields: []string{"state"}, DisplayValue: true}
	if err := client.Get("incident", key, query, &made); err != nil || made["state"] != "In Progress" {
		t.Error(made, err)
	}
	if err := client.Delete("incident", key); err != nil {
		t.Error(err)
	}
	var wrong *Error
	if err := client.Get("incident", key, nil, nil); !errors.As(err, &wrong) || wrong.HTTPStatus != 404 ||
		wrong.Method != "GET" || wrong.Path != "/api/now/table/incident/"+key || wrong.RetryAfter >= 0 || wrong.Retryable {
		t.Error(err)
	}
	for _, condition := range []Condition{{"active", "~", "x"}, {"a^b", "=", "x"}} {
		if rows := client.List("incident", &Query{Where: []Condition{condition}}); rows.Next() || rows.Err() == nil {
			t.Error(condition)
		}
	}
	var row map[string]any
	rows := client.List("incident", &Query{Limit: 1})
	before := rows.Decode(&row)
	for rows.Next() {
		if err := rows.Decode(&row); err != nil {
			t.Error(err)
		}
	}
	for _, err := range []error{before, rows.Decode(&row)} {
		if err == nil || !strings.Contains(err.Error(), "there is no row") {
			t.Error(err)
		}
	}
	client.Close()
	if err := client.Get("incident", key, nil, nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}
