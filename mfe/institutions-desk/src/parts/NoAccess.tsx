import { Link } from 'react-router';

export function NoAccess() {
  return (
    <section className="panel note">
      <h1>没有修改权限</h1>
      <p>您的角色可以查看，不能修改这条记录。需要修改时请联系本机构或区管理员。</p>
      <Link to="/desk/directory">返回机构目录</Link>
    </section>
  );
}
