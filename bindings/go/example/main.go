// Command example signs in, lists, creates, meets an error and renews its token.
//
//	SNOW_INSTANCE=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=... SNOW_USER=... SNOW_PASSWORD=... go run ./example
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"

	snow "libsnow/bindings/go"
)

type incident struct {
	SysID            string `json:"sys_id,omitempty"`
	Number           string `json:"number,omitempty"`
	ShortDescription string `json:"short_description,omitempty"`
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	client, err := snow.OAuth(os.Getenv("SNOW_INSTANCE"), os.Getenv("SNOW_CLIENT_ID"), os.Getenv("SNOW_CLIENT_SECRET"), nil)
	if err != nil {
		return err
	}
	defer client.Close()

	var tokens []snow.Token // The place to store them.
	err = client.OnToken(func(token snow.Token) error {
		tokens = append(tokens, token)
		return nil
	})
	if err != nil {
		return err
	}
	if err := client.Login(os.Getenv("SNOW_USER"), os.Getenv("SNOW_PASSWORD")); err != nil {
		return err
	}
	fmt.Printf("signed in, token %d\n", len(tokens))

	rows := client.List("incident", &snow.Query{
		Where:   []snow.Condition{{Field: "active", Operator: "=", Value: "true"}},
		OrderBy: []string{"number"}, Fields: []string{"number"}, Limit: 3,
	})
	defer rows.Close()
	for rows.Next() {
		var row incident
		if err := rows.Decode(&row); err != nil {
			return err
		}
		fmt.Println(row.Number)
	}
	if err := rows.Err(); err != nil {
		return err
	}

	var made incident
	if err := client.Create("incident", incident{ShortDescription: "Disk full on db01"}, &made); err != nil {
		return err
	}
	fmt.Printf("opened: %s\n", made.ShortDescription)

	var wrong *snow.Error
	if err := client.Get("incident", "nobody", nil, nil); errors.As(err, &wrong) {
		fmt.Printf("%s, HTTP %d: %s\n", wrong.StatusName, wrong.HTTPStatus, wrong.InstanceMessage)
	}

	var token map[string]any
	if err := json.Unmarshal(tokens[0], &token); err != nil {
		return err
	}
	token["expires_at"] = 1 // Its time is over.
	ended, err := json.Marshal(token)
	if err != nil {
		return err
	}
	if err := client.SetToken(ended); err != nil {
		return err
	}
	if err := client.Get("incident", made.SysID, nil, &made); err != nil {
		return err
	}
	fmt.Printf("renewed, token %d\n", len(tokens))
	return nil
}
