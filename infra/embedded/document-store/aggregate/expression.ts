import { checkedPath, expressionValue } from '../bson/paths.ts';
import {
  BSON,
  elementsOf,
  itemsOf,
  NULL_VALUE,
  RawValue,
  refuseUnsupportedTypes,
  stringOf,
} from '../bson/raw.ts';
import { arrayValue, documentOf } from '../bson/writer.ts';
import { badValue, notImplemented } from '../errors.ts';
import { EXPRESSIONS, type Expression } from './operators.ts';

/**
 * Reads an aggregation expression: constants, `$literal`, field paths, `$$ROOT`, the operators in `EXPRESSIONS`, and
 * documents or arrays of these. Other operators and variables are refused by name (238).
 */
export function parseExpression(value: RawValue): Expression {
  if (value.type === BSON.string) return parseText(value);
  if (value.isArray) return arrayExpression(itemsOf(value).map(parseExpression));
  if (value.isDocument) return parseDocument(value);
  refuseUnsupportedTypes(value);
  return () => value;
}

function parseText(value: RawValue): Expression {
  const text = stringOf(value);
  if (!text.startsWith('$')) return () => value;
  if (text === '$$ROOT') return (document) => document;
  if (text.startsWith('$$')) throw notImplemented(`variable ${text}`);
  const path = checkedPath(text.slice(1));
  return (document) => expressionValue(document, path, arrayValue);
}

function parseDocument(value: RawValue): Expression {
  const elements = elementsOf(value);
  const [first] = elements;
  if (first?.[0] === '$literal' && elements.length === 1) {
    refuseUnsupportedTypes(first[1]);
    return () => first[1];
  }
  const operator = elements.find(([name]) => name.startsWith('$'));
  if (operator !== undefined) return parseOperator(operator[0], operator[1], elements.length);
  return documentExpression(elements.map(([name, item]) => [name, parseExpression(item)] as const));
}

function parseOperator(name: string, operand: RawValue, fields: number): Expression {
  const make = EXPRESSIONS[name];
  if (make === undefined) throw notImplemented(`expression operator ${name}`);
  if (fields !== 1) throw badValue('an expression must have exactly one field');
  if (operand.isDocument && name === '$cond') return make(conditionParts(operand));
  return make(operand.isArray ? itemsOf(operand).map(parseExpression) : [parseExpression(operand)]);
}

/** `$cond` with named parts. */
function conditionParts(operand: RawValue): Expression[] {
  const parts = new Map(elementsOf(operand));
  const wanted = ['if', 'then', 'else'].map((name) => parts.get(name));
  if (parts.size !== 3 || !wanted.every((part) => part !== undefined))
    throw badValue('$cond needs if, then and else');
  return wanted.map(parseExpression);
}

function documentExpression(fields: readonly (readonly [string, Expression])[]): Expression {
  const dotted = fields.find(([name]) => name === '' || name.includes('.'));
  if (dotted !== undefined)
    throw badValue(`FieldPath field names may not be empty or contain '.': '${dotted[0]}'`);
  return (document) => {
    const present: [string, RawValue][] = [];
    for (const [name, expression] of fields) {
      const value = expression(document);
      if (value !== undefined) present.push([name, value]);
    }
    const bytes = documentOf(present);
    return new RawValue(BSON.document, bytes, 0, bytes.length);
  };
}

function arrayExpression(items: readonly Expression[]): Expression {
  return (document) => arrayValue(items.map((item) => item(document) ?? NULL_VALUE));
}
