// Package snow is libsnow, the ServiceNow client, from Go. A Client serves any number of goroutines.
package snow

/*
#cgo pkg-config: snow
#include <snow.h>
#include <stdlib.h>

static uint32_t header_abi(void) { return SNOW_ABI_VERSION; }
static uint32_t header_version(void) { return SNOW_VERSION_NUMBER; }
*/
import "C"

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unsafe"
)

func init() {
	if found, wanted := C.snow_abi_version(), C.header_abi(); found != wanted {
		panic(fmt.Sprintf("the libsnow that was loaded has the binary interface %d, and this program was built "+
			"with the snow.h of %d: install the libsnow that it was built with, or build it anew", found, wanted))
	}
	if C.snow_version_number() < C.header_version() {
		panic(fmt.Sprintf("the libsnow that was loaded is %s, and this program was built with the snow.h of %s: "+
			"install that version or a newer one", C.GoString(C.snow_version()), C.SNOW_VERSION_STRING))
	}
}

// An Error is what went wrong, as libsnow says it; "Errors" in snow.h tells each field.
type Error struct {
	Status                           int
	StatusName                       string // such as "SNOW_NOT_FOUND"
	Message, InstanceMessage, Detail string
	HTTPStatus                       int
	Method, Path                     string
	Retryable, MaybeApplied          bool
	RetryAfter                       time.Duration // negative where the instance did not say
	cause                            error
}

func (e *Error) Error() string { return e.StatusName + ": " + e.Message }

// Unwrap returns the error of a callback, where that is why the call failed.
func (e *Error) Unwrap() error { return e.cause }

// ErrClosed is the error of a client that is closed.
var ErrClosed = errors.New("snow: the client is closed")

// ErrNUL is the error of a call with a text that has a NUL character, where C would end it.
var ErrNUL = errors.New("snow: a text has a NUL character, where C would end it")

// What callbacks returned or panicked with, by the value that libsnow was given for it and keeps in its error.
var kept struct {
	sync.Mutex
	last  C.int32_t
	ended map[C.int32_t]ended
}

type ended struct {
	err      error
	panicked any
}

func keep(how ended) C.int32_t {
	kept.Lock()
	defer kept.Unlock()
	kept.last = kept.last%1000000 + 1
	if kept.ended == nil {
		kept.ended = map[C.int32_t]ended{}
	}
	kept.ended[kept.last] = how
	return kept.last
}

func failed(e *C.snow_error) error {
	if e == nil {
		return nil
	}
	defer C.snow_error_free(e)
	status, after := C.snow_error_status(e), C.snow_error_retry_after_ms(e)
	made := &Error{
		Status: int(status), StatusName: C.GoString(C.snow_status_name(status)),
		Message:         C.GoString(C.snow_error_message(e)),
		InstanceMessage: C.GoString(C.snow_error_instance_message(e)),
		Detail:          C.GoString(C.snow_error_detail(e)),
		HTTPStatus:      int(C.snow_error_http_status(e)),
		Method:          C.GoString(C.snow_error_method(e)), Path: C.GoString(C.snow_error_path(e)),
		Retryable:    C.snow_error_is_retryable(e) == 1,
		MaybeApplied: C.snow_error_maybe_applied(e) == 1,
		RetryAfter:   time.Duration(after) * time.Millisecond,
	}
	if value := C.snow_error_callback_value(e); value != 0 {
		kept.Lock()
		how := kept.ended[value]
		delete(kept.ended, value)
		kept.Unlock()
		if how.panicked != nil {
			panic(how.panicked)
		}
		made.cause = how.err
	}
	return made
}

// texts are strings for C, until they are freed.
type texts struct {
	made []*C.char
	err  error
}

func (t *texts) of(s string) *C.char {
	if strings.IndexByte(s, 0) >= 0 {
		t.err = ErrNUL
		// No call takes what is no UTF-8, so that none is made with a part of the text.
		s = "\xff"
	}
	text := C.CString(s)
	t.made = append(t.made, text)
	return text
}

// failed is why a call with these texts failed, or nil.
func (t *texts) failed(e *C.snow_error) error {
	err := failed(e)
	if t.err == nil {
		return err
	}
	var refused *Error
	if errors.As(err, &refused) && refused.Status == C.SNOW_INVALID_UTF8 {
		argument, _, _ := strings.Cut(refused.Message, ":")
		return fmt.Errorf("%w: %s", t.err, argument)
	}
	return t.err
}

func (t *texts) free() {
	for _, text := range t.made {
		C.free(unsafe.Pointer(text))
	}
}

// A Client is one instance. Close it in the end.
type Client struct {
	mutex  sync.Mutex
	handle *C.snow_client
	calls  int
	closed bool
}

func made(handle *C.snow_client, t *texts, e *C.snow_error) (*Client, error) {
	if err := t.failed(e); err != nil {
		return nil, err
	}
	return &Client{handle: handle}, nil
}

// Basic makes a client that signs in with a user and a password.
func Basic(instance, user, password string) (*Client, error) {
	var t texts
	defer t.free()
	var e *C.snow_error
	handle := C.snow_client_new_basic(t.of(instance), t.of(user), t.of(password), &e)
	return made(handle, &t, e)
}

// OAuth makes a client that signs in with tokens. The token is one from before, or nil: Login then.
func OAuth(instance, clientID, clientSecret string, token Token) (*Client, error) {
	var t texts
	defer t.free()
	var e *C.snow_error
	var stored *C.snow_token
	if token != nil {
		stored = C.snow_token_from_json(t.of(string(token)), &e)
		if err := t.failed(e); err != nil {
			return nil, err
		}
		defer C.snow_token_free(stored)
	}
	handle := C.snow_client_new_oauth(t.of(instance), t.of(clientID), t.of(clientSecret), stored, &e)
	return made(handle, &t, e)
}

// Close frees the client once the calls that are under way have ended. It does not wait for them.
func (c *Client) Close() error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.closed = true
	c.release()
	return nil
}

func (c *Client) release() {
	if c.closed && c.calls == 0 {
		C.snow_client_free(c.handle)
		c.handle = nil
	}
}

func (c *Client) call(run func(client *C.snow_client, t *texts, e **C.snow_error)) error {
	c.mutex.Lock()
	if c.closed {
		c.mutex.Unlock()
		return ErrClosed
	}
	c.calls++
	c.mutex.Unlock()
	defer func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		c.calls--
		c.release()
	}()
	var t texts
	defer t.free()
	var e *C.snow_error
	run(c.handle, &t, &e)
	return t.failed(e)
}
