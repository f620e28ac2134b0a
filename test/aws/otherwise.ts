/**
 * Rows of the table that an implementation by others answers otherwise, and how: there the row's source decides. Every other
 * row it has to answer as AWS does; and one that it learns is taken off here.
 */
export const otherwise: Readonly<
  Partial<Record<'moto' | 'elasticmq' | 'dynoxide', Readonly<Record<string, string>>>>
> = {
  elasticmq: {
    'an empty message': 'InvalidAttributeValue',
    'a message with a character that XML has not': 'InvalidAttributeValue',
    'a message of more than 1 MiB': 'InvalidAttributeValue',
    'a batch of none': 'none',
    'a batch with an id that has a dot': 'none',
    'a batch with an id of 81 characters': 'none',
    'a batch of more than 1 MiB in all': 'InvalidAttributeValue',
    'eleven messages in one receive': 'InvalidAttributeValue',
    'no message in one receive': 'InvalidAttributeValue',
    'a wait of 21 seconds': 'InvalidAttributeValue',
    'a visibility time-out of more than 12 hours': 'none',
    'to delete by a receipt whose time is over, on a FIFO queue': 'none',
    'to hide a message for 12 hours and a second': 'none',
  },
  moto: {
    'a key of 1,025 bytes': 'none',
    'a prefix of 1,025 bytes': 'none',
    'to delete 1,001 objects at once': 'none',
    'a bucket with two dots in a row': 'none',
    'a bucket called like an address': 'none',
    'a bucket whose name begins with xn--': 'none',
    'a bucket whose name ends with -s3alias': 'none',
    'a bucket with a capital letter': 'none',
    'a checksum that is another’s': 'none',
    'an MD5 that is another’s': 'none',
    'metadata of more than 2 KB': 'none',
    'parts out of their order': 'EntityTooSmall',
    'an event of more than 256 KB': 'none',
    'two events of 256 KB together': 'none',
    'a type of 129 characters': 'none',
    'a name of 65 characters': 'none',
    'a name with a blank': 'none',
    'an expression that is none': 'none',
    'a schedule of no group': 'SyntaxError',
  },
};
