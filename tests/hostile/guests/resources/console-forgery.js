/** Writes what looks like another line of the log, and moves the cursor. */
export default function () {
  console.log('harmless\ntime="now" level=error msg="the disk is full" source=runner');
  console.log('\u001b[2J\u001b[H\u0007\r\u0000gone');
}
