package ledger

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// API is what Table needs of DynamoDB. IAM: dynamodb:GetItem, PutItem, Query and, for fenced writes, ConditionCheckItem.
type API interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

// Table is a Store on one DynamoDB table with the keys pk and sk (strings) and the TTL attribute ttl (epoch seconds).
type Table struct {
	Client API
	Name   string
}

// Get implements Store by GetItem with ConsistentRead.
func (t Table) Get(ctx context.Context, key Key) (Doc, error) {
	out, err := t.Client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &t.Name, Key: item(key), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return Doc{}, fmt.Errorf("reading %s %s from the ledger: %w", key.Family, key.Name, err)
	}
	d, err := decode(out.Item)
	d.Key = key
	return d, err
}

// Put implements Store by PutItem, or by TransactWriteItems with a ConditionCheck of the lease where the write is fenced.
func (t Table) Put(ctx context.Context, w Write) error {
	put := &types.Put{TableName: &t.Name, Item: encode(w)}
	put.ConditionExpression, put.ExpressionAttributeNames, put.ExpressionAttributeValues = versionIs(w.Expect)
	var err error
	if w.Fence == nil {
		_, err = t.Client.PutItem(ctx, &dynamodb.PutItemInput{
			TableName: put.TableName, Item: put.Item, ConditionExpression: put.ConditionExpression,
			ExpressionAttributeNames: put.ExpressionAttributeNames, ExpressionAttributeValues: put.ExpressionAttributeValues,
		})
	} else {
		check := &types.ConditionCheck{TableName: &t.Name, Key: item(w.Fence.key())}
		check.ConditionExpression, check.ExpressionAttributeNames, check.ExpressionAttributeValues = versionIs(w.Fence.Token)
		_, err = t.Client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
			TransactItems: []types.TransactWriteItem{{ConditionCheck: check}, {Put: put}},
		})
	}
	switch {
	case err == nil:
		return nil
	case conflicting(err):
		return ErrConflict
	}
	return fmt.Errorf("writing %s %s to the ledger: %w", w.Key.Family, w.Key.Name, err)
}

// List implements Store by Query with ConsistentRead, all pages.
func (t Table) List(ctx context.Context, family string) ([]Doc, error) {
	in := &dynamodb.QueryInput{
		TableName: &t.Name, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :p"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":p": &types.AttributeValueMemberS{Value: family}},
	}
	var found []Doc
	for {
		out, err := t.Client.Query(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("listing %s in the ledger: %w", family, err)
		}
		for _, it := range out.Items {
			d, err := decode(it)
			if err != nil {
				return nil, err
			}
			found = append(found, d)
		}
		if len(out.LastEvaluatedKey) == 0 {
			return found, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

func item(k Key) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: k.Family},
		"sk": &types.AttributeValueMemberS{Value: k.Name},
	}
}

func encode(w Write) map[string]types.AttributeValue {
	it := item(w.Key)
	it["version"] = number(w.Expect + 1)
	it["doc"] = &types.AttributeValueMemberS{Value: string(w.Body)}
	if !w.Expires.IsZero() {
		it["ttl"] = number(w.Expires.Unix())
	}
	return it
}

func decode(it map[string]types.AttributeValue) (Doc, error) {
	if len(it) == 0 {
		return Doc{}, nil
	}
	pk, _ := it["pk"].(*types.AttributeValueMemberS)
	sk, _ := it["sk"].(*types.AttributeValueMemberS)
	n, _ := it["version"].(*types.AttributeValueMemberN)
	body, _ := it["doc"].(*types.AttributeValueMemberS)
	if pk == nil || sk == nil || n == nil || body == nil {
		return Doc{}, errors.New("an item of the ledger's table is not the ledger's: pk, sk, version or doc is missing")
	}
	version, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		return Doc{}, fmt.Errorf("reading the version of %s %s: %w", pk.Value, sk.Value, err)
	}
	return Doc{Key: Key{pk.Value, sk.Value}, Version: version, Body: []byte(body.Value)}, nil
}

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func versionIs(v int64) (expression *string, names map[string]string, values map[string]types.AttributeValue) {
	if v == 0 {
		return aws.String("attribute_not_exists(#v)"), map[string]string{"#v": "version"}, nil
	}
	return aws.String("#v = :v"), map[string]string{"#v": "version"}, map[string]types.AttributeValue{":v": number(v)}
}

// conflicting says whether a write was refused because of its conditions, or because another transaction was under way on
// the same item.
func conflicting(err error) bool {
	var failed *types.ConditionalCheckFailedException
	var cancelled *types.TransactionCanceledException
	var conflict *types.TransactionConflictException
	if errors.As(err, &failed) || errors.As(err, &conflict) {
		return true
	}
	if !errors.As(err, &cancelled) {
		return false
	}
	for _, r := range cancelled.CancellationReasons {
		switch aws.ToString(r.Code) {
		case "ConditionalCheckFailed", "TransactionConflict":
			return true
		}
	}
	return false
}
